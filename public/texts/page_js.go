package texts

// pageOnly is empty: those texts stand in the page when it comes.
var pageOnly [0][]Entry
