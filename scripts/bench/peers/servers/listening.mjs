// What the servers here have in common: an address as their first argument, and that they
// end when they are asked to.
const [host, port] = process.argv[2].split(":");

export const address = { host, port: Number(port) };
export const rest = process.argv.slice(3);

process.on("SIGINT", () => process.exit(0));
