import { createKeccak } from "hash-wasm";

/** WebAssembly: a trace of a small network is hashed in less time than it takes to compute, which JavaScript does not reach. */
const hasher = await createKeccak(256);

/** keccak256 of the bytes, 32 bytes long. */
export function keccak(bytes: Uint8Array): Uint8Array {
  return hasher.init().update(bytes).digest("binary");
}
