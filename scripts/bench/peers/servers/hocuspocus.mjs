// Hocuspocus with its defaults, and its extension for databases, whose database here is a
// file for each document in a folder: written two seconds after a change, ten at the most.
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Database } from "@hocuspocus/extension-database";
import { Server } from "@hocuspocus/server";
import { address, rest } from "./listening.mjs";

const file = (name) => join(rest[0], encodeURIComponent(name));

const server = new Server({
  address: address.host,
  port: address.port,
  quiet: true,
  stopOnSignals: false,
  extensions: [
    new Database({
      fetch: ({ documentName }) => readFile(file(documentName)).catch(() => null),
      store: async ({ documentName, state }) => {
        await writeFile(file(documentName) + ".new", state);
        await rename(file(documentName) + ".new", file(documentName));
      },
    }),
  ],
});
await server.listen();
