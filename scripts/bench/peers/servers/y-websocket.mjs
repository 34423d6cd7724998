// y-websocket's server, the program that its package brings, without persistence: documents
// are in memory.
import { address } from "./listening.mjs";

process.env.HOST = address.host;
process.env.PORT = String(address.port);
await import("./node_modules/@y/websocket-server/src/server.js");
