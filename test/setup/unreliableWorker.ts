/** A thread of `ModelPool` that does what its request says: 1 crashes, 2 never ends, 3 throws, else it answers. */
export async function runTask({ request }: { request: Uint8Array }): Promise<object> {
  if (request[0] === 1) process.exit(7);
  while (request[0] === 2) performance.now();
  if (request[0] === 3) throw new Error("the model is broken");
  return { output: request, traceRoot: "0x", trace: undefined };
}
