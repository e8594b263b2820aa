// The stock socket.io-client, as in seed 000, told what to do by lines of JSON; everything that happens to it is
// printed, a line each.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const { address, options } = JSON.parse(process.argv[2]);
const socket = io(address, {
  transports: ["websocket"],
  reconnection: true,
  reconnectionDelay: 100,
  reconnectionDelayMax: 500,
  ...options,
});
const print = (name, ...told) => process.stdout.write(`${JSON.stringify([name, ...told])}\n`);

socket.on("connect", () => print("+connect", { recovered: Boolean(socket.recovered) }));
socket.on("disconnect", (reason) => print("+disconnect", reason));
socket.on("connect_error", (error) =>
  print("+connect_error", { message: error.message, data: error.data, active: socket.active }),
);
socket.onAny((event, ...told) => print(event, ...told));

createInterface({ input: process.stdin }).on("line", (line) => {
  const { event, data } = JSON.parse(line);
  socket.emit(event, data, (answer) => print("+answer", answer, event));
});
