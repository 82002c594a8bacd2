import { parseEther } from "ethers";

import { createMetrics } from "../daemon/metrics.ts";
import type { RunningProgram } from "../daemon/lifecycle.ts";
import { RetryableError } from "../errors.ts";
import type { ModelId } from "../protocol/ids.ts";
import { AnswerDesk } from "./answering.ts";
import { ApiMetrics } from "./apiMetrics.ts";
import { BatchTrees } from "./batchTrees.ts";
import type { OperatorConfig } from "./config.ts";
import { Duties, runDuties } from "./duties.ts";
import type { DutySettings } from "./duty.ts";
import { GroupCommit } from "./groupCommit.ts";
import { HeadWatch } from "./headWatch.ts";
import { ModelTerms } from "./modelTerms.ts";
import { openOperator, type Operator, type OperatorEnvironment } from "./operator.ts";
import { PromiseLedger } from "./promises.ts";
import { startServer, type ApiServer } from "./server.ts";
import { StandingReader } from "./standing.ts";

/** An operator's program, and where its API is. */
export type RunningOperator = RunningProgram & { readonly url: string };

/** How long answers that are being made may take when the program ends. */
const CLOSE_MS = 30_000;

/**
 * Starts an operator's program: the API, and what is due on chain. The API listens at once and says at `/readyz` why it
 * cannot answer yet; it answers when the fate of all earlier transactions is known and the chain was followed to its head.
 * @throws FatalError as `openOperator`, and `API_NOT_SERVED` if the port is taken.
 * @example
 * const { url, stopped } = await startOperator(config, { ...processClock, log, signal, variables: process.env });
 */
export async function startOperator(
  config: OperatorConfig,
  environment: OperatorEnvironment,
): Promise<RunningOperator> {
  const controller = new AbortController();
  const signal = AbortSignal.any([environment.signal, controller.signal]);
  const inner = { ...environment, signal };
  const operator = await openOperator(config, inner);
  let parts: Parts;
  try {
    parts = await assemble(operator, inner);
  } catch (error) {
    controller.abort(error);
    await operator.close();
    throw error;
  }
  const { url } = parts.server;
  environment.log.info(
    { url, operator: config.operator, signerId: operator.key.signerId },
    "the operator program runs",
  );
  const stopped = run(operator, parts, inner).finally(async () => {
    controller.abort(stopping());
    await close(operator, parts);
  });
  stopped.catch(() => undefined); // whoever waits for it hears of it
  return {
    url,
    stopped,
    async stop() {
      await parts.desk.close();
      controller.abort(stopping());
      await stopped;
    },
  };
}

type Parts = { desk: AnswerDesk; server: ApiServer; duties: Duties; watch: HeadWatch };

async function assemble(operator: Operator, environment: OperatorEnvironment): Promise<Parts> {
  const { config, answers, contracts, provider, domain, hosted, key, journal, format } = operator;
  const { monotonic, log } = environment;
  const { staleSeconds, quietSeconds } = config.chain;
  const registry = createMetrics("operator");
  const watch = new HeadWatch({
    head: () => answers.head(),
    monotonic,
    staleAfterMs: staleSeconds * 1_000,
    quietAfterMs: quietSeconds * 1_000,
  });
  const address = config.operator.toLowerCase();
  const modelIds = [...hosted.models.keys()];
  const ledger = new PromiseLedger(answers, format);
  const { signerId } = key;
  const standings = new StandingReader({ contracts, provider, watch, operator: address, signerId, modelIds });
  const desk = new AnswerDesk({
    ...{ answers, ledger, standings, domain, operator: address, models: hosted.models, signer: key },
    writer: new GroupCommit(journal),
    anchorWithin: config.anchoring.anchorWithinSeconds,
    maxPending: config.api.maxPending,
  });
  const duties = dutiesOf(operator, environment, registry, () => {
    ledger.refresh();
    watch.followed();
  });
  const terms = new ModelTerms(contracts);
  const server = await startServer({
    ...{ settings: config.api, desk, answers, registry, log },
    trees: new BatchTrees(answers),
    metrics: new ApiMetrics({ registry, pending: () => desk.pending }),
    isPrivate: async (modelId: ModelId) => (hosted.models.get(modelId) ?? (await terms.of(modelId))).privateInput,
  });
  return { desk, server, duties, watch };
}

function dutiesOf(
  operator: Operator,
  environment: OperatorEnvironment,
  registry: ReturnType<typeof createMetrics>,
  onFollowed: () => void,
): Duties {
  const { config, journal, provider, sender, key, deployment, domain, fromBlock, hosted } = operator;
  return new Duties({
    ...{ journal, provider, signer: sender, key, deployment, domain, fromBlock, registry, environment, onFollowed },
    operator: config.operator.toLowerCase(),
    modelIds: [...hosted.models.keys()],
    settings: settingsOf(operator),
    pollMs: config.chain.pollSeconds * 1_000,
  });
}

function settingsOf({ config, amountOf }: Operator): DutySettings {
  const { chain, api, anchoring, keepTraceSeconds, alarmSeconds, claimAbove, sweepAbove, publishAboveEther } = config;
  return {
    batchSize: anchoring.size,
    batchAgeSeconds: anchoring.ageSeconds,
    publicUrl: api.publicUrl,
    confirmations: chain.confirmations,
    lastResortSeconds: anchoring.lastResortSeconds,
    keepTraceSeconds,
    alarmSeconds,
    publishAbove: parseEther(publishAboveEther),
    claimAbove: claimAbove === undefined ? undefined : amountOf(claimAbove),
    sweepAbove: sweepAbove === undefined ? undefined : amountOf(sweepAbove),
  };
}

async function run(
  { sender, config }: Operator,
  { duties, watch }: Parts,
  environment: OperatorEnvironment,
): Promise<void> {
  await sender.recover(environment.signal).catch((error: unknown) => {
    if (!environment.signal.aborted) throw error;
  });
  if (environment.signal.aborted) return;
  watch.recovered();
  await runDuties(duties, environment, config.chain.pollSeconds * 1_000);
}

/** In-flight answers first: they were paid for with work. The journal last: everything writes to it. */
async function close(operator: Operator, { desk, server, duties }: Parts): Promise<void> {
  const answered = desk.close();
  await server.close(CLOSE_MS);
  await answered;
  await duties.settled();
  await operator.close();
}

const stopping = (): RetryableError => new RetryableError("STOPPING", "the program is stopping");
