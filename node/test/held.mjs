// Loaded before a program: holds a connection to whoever wants to know when the program has ended.
import { connect } from "node:net";

const connection = connect(Number(process.env.DOVETAIL_TEST_HELD_BY), "127.0.0.1");
await new Promise((resolve) => connection.once("connect", resolve));
connection.unref();
