// Socket.IO as its guide has it: who joins a room is told what others send to it. Over
// WebSocket alone; compression is off, which is its default. With "recover" it keeps what
// was told for those who come back (connectionStateRecovery).
import { createServer } from "node:http";
import { Server } from "socket.io";
import { address, rest } from "./listening.mjs";

const http = createServer();
const io = new Server(http, {
  transports: ["websocket"],
  ...(rest[0] === "recover" && { connectionStateRecovery: {} }),
});
io.on("connection", (socket) => {
  socket.on("join", (room, done) => {
    socket.join(room);
    done();
  });
  socket.on("update", (room, data) => {
    socket.to(room).emit("update", data);
  });
});
http.listen(address);
