/**
 * Bare inference over HTTP, as a process: the server and the threads of an operator's program, and nothing of what makes an
 * answer worth something. `node bench/node/bareServer.ts <port> <digits' model id> <lande's model id>`.
 */
import Fastify from "fastify";
import { getBytes, hexlify, ZeroHash } from "ethers";

import { answerRequestSchema } from "../../src/api/schemas.ts";
import type { ModelId } from "../../src/protocol/ids.ts";
import { ModelPool } from "../../src/operator/models/modelPool.ts";
import { loadReplayable, type ReplayableSource } from "../../src/operator/models/replayable.ts";
import { DIGITS_FILE } from "../../scripts/devnet/devnet.ts";

const [port, digits, lande] = process.argv.slice(2);
const sources: Record<string, ReplayableSource> = {
  [digits!]: { kind: "network", path: DIGITS_FILE },
  [lande!]: { kind: "lande", preprocessHash: ZeroHash },
};
const pool = new ModelPool({ workers: 1, timeoutMs: 30_000, worker: new URL("bareWorker.ts", import.meta.url) });
const commitments = new Map<string, Awaited<ReturnType<typeof loadReplayable>>["commitments"]>();
for (const [id, source] of Object.entries(sources)) commitments.set(id, (await loadReplayable(source)).commitments);

const app = Fastify({ logger: false });
app.post<{ Params: { id: string } }>("/v1/models/:id/answers", async ({ params: { id }, body }) => {
  const { request } = answerRequestSchema.parse(body);
  const task = { modelId: id as ModelId, source: sources[id]!, commitments: commitments.get(id)! };
  const { output } = await pool.run(task, getBytes(request));
  return { request, output: hexlify(output) };
});
app.get("/readyz", () => ({ status: "ready" }));
process.once("SIGTERM", () => {
  void Promise.all([app.close(), pool.close()]).then(() => process.exit(0));
});
await app.listen({ host: "127.0.0.1", port: Number(port) });
