package texts

// strict says that a missing key panics. People can work with a page that shows one.
const strict = false
