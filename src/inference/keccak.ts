import { createKeccak } from "hash-wasm";

/** In WebAssembly, which hashes a small network's trace in less time than computing it takes; JavaScript does not. */
const hasher = await createKeccak(256);

/** keccak256 of the bytes, 32 bytes long. */
export function keccak(bytes: Uint8Array): Uint8Array {
  return hasher.init().update(bytes).digest("binary");
}
