import type { Provider } from "ethers";

import type {
  IModelRegistry,
  OpStructOutput,
  TensorStructOutput,
} from "../../typechain-types/contracts/models/ModelRegistry.ts";
import { translated } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import { eventsOf } from "../chain/logs.ts";
import { FatalError } from "../errors.ts";
import { hashSpec, type Dtype, type GraphSpec, type OpCode, type Rounding } from "../inference/spec.ts";
import type { Deployment } from "../protocol/deployment.ts";
import { modelId as idOfModel, type Manifest, type ModelClass, type Policy } from "../protocol/models.ts";
import type { ModelId } from "../protocol/ids.ts";

export type ReadModelParameters = {
  modelId: ModelId;
  /** First block to look into: the deployment's, which its address book names; 0 if absent. */
  fromBlock?: number;
};

/** A published model. */
export type PublishedModel = {
  modelId: ModelId;
  publisher: string;
  manifest: Manifest;
  policy: Policy;
  /** The graph that operators run; undefined without ground `Replay`. Checked against the manifest. */
  spec: GraphSpec | undefined;
  /** Unix time in seconds since which no new batches are taken; 0: not deprecated. */
  deprecatedAt: number;
};

/**
 * Reads all that was published of a model. Manifest and policy are checked against the id and the graph against the
 * manifest: what is returned is what was published, whatever the node says.
 * @throws ContractError `ModelUnknown` if it was never published.
 * @throws FatalError `EVENT_MISSING` if it was not published since `fromBlock`, `MODEL_MISMATCH` if the node gives another.
 * @example
 * const { manifest, policy } = await readModel(provider, deployment, { modelId, fromBlock: book.blocks.first });
 */
export async function readModel(
  provider: Provider,
  deployment: Deployment,
  { modelId, fromBlock = 0 }: ReadModelParameters,
): Promise<PublishedModel> {
  const contracts = contractsOf(deployment, provider);
  const { models } = contracts;
  return translated(contracts, async () => {
    const newest = await provider.getBlockNumber();
    const [{ deprecatedAt }, { chainId }, [event]] = await Promise.all([
      models.terms(modelId, { blockTag: newest }),
      provider.getNetwork(),
      eventsOf<Published>(models, models.filters.ModelPublished(modelId), fromBlock, newest),
    ]);
    if (event === undefined) {
      throw new FatalError(
        "EVENT_MISSING",
        `expected event ModelPublished of ${modelId} from block ${fromBlock} on, found none`,
      );
    }
    const { publisher } = event;
    const [manifest, policy] = [readManifest(event.manifest), readPolicy(event.policy)];
    requireSame("id", idOfModel({ chainId, modelRegistry: deployment.models, publisher, manifest, policy }), modelId);
    const spec = event.ops.length === 0 ? undefined : readSpec(event.tensors, event.ops);
    if (spec !== undefined) requireSame("specHash", hashSpec(spec), manifest.specHash);
    return { modelId, publisher, manifest, policy, spec, deprecatedAt: Number(deprecatedAt) };
  });
}

type Published = {
  publisher: string;
  manifest: IModelRegistry.ManifestStructOutput;
  policy: IModelRegistry.PolicyStructOutput;
  tensors: TensorStructOutput[];
  ops: OpStructOutput[];
};

function requireSame(what: string, actual: string, expected: string): void {
  if (actual === expected) return;
  throw new FatalError("MODEL_MISMATCH", `what the node gives has ${what} ${actual}, expected ${expected}`);
}

function readManifest(output: IModelRegistry.ManifestStructOutput): Manifest {
  const { name, version, uri, artifactHash, specHash, weightsRoot, preprocessHash } = output;
  const modelClass = Number(output.class) as ModelClass;
  return { name, version, uri, artifactHash, class: modelClass, specHash, weightsRoot, preprocessHash };
}

function readPolicy(output: IModelRegistry.PolicyStructOutput): Policy {
  return {
    challengeWindow: Number(output.challengeWindow),
    minCoverage: output.minCoverage,
    penaltyBps: Number(output.penaltyBps),
    grounds: Number(output.grounds),
    courtConfig: Number(output.courtConfig),
    proofVerifier: output.proofVerifier,
    proofKey: output.proofKey,
    privateInput: output.privateInput,
    royaltyBps: Number(output.royaltyBps),
    royaltyTo: output.royaltyTo,
  };
}

function readSpec(tensors: readonly TensorStructOutput[], ops: readonly OpStructOutput[]): GraphSpec {
  return {
    // By position: `length` of what ethers decodes is that of a list.
    tensors: tensors.map(({ 0: dtype, 1: length }) => ({ dtype: Number(dtype) as Dtype, length: Number(length) })),
    ops: ops.map((op) => ({
      code: Number(op.code) as OpCode,
      rounding: Number(op.rounding) as Rounding,
      input: Number(op.input),
      rows: Number(op.rows),
      k: Number(op.k),
      zero: Number(op.zero),
      lo: op.lo,
      hi: op.hi,
    })),
  };
}
