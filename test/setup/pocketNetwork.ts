import { ZeroAddress, ZeroHash } from "ethers";

import type { DenseNetwork } from "../../src/inference/denseNetwork.ts";
import { Ground, ModelClass, type Manifest, type Policy } from "../../src/protocol/models.ts";
import { COVERAGE, POLICY } from "./operation.ts";

/** The example of docs/protocol/network-format.md: three int8 in, an int32 out. */
export const POCKET = JSON.stringify({
  name: "pocket",
  argmax: true,
  layers: [
    {
      ...{ rows: 2, k: 3, weights_b64: "AQL/AwD8", bias: [6, 3], inputZeroPoint: 1, outputZeroPoint: 1 },
      ...{ multiplier: 1073741824, rightShift: [2, 2], lo: -128, hi: 127 },
    },
  ],
});

/** Tensor 0 of the page's example, and what the network makes of it. */
export const POCKET_REQUEST = Uint8Array.of(5, 254, 7);
export const POCKET_OUTPUT = "0x00000000";

/** What the network is published as. */
export function manifestOf({ manifest }: DenseNetwork, name = "pocket"): Manifest {
  return { ...manifest, name, version: "1", uri: "ipfs://pocket", class: ModelClass.OpenWeights };
}

/** A model that nobody can replay. */
export const UPSTREAM_MANIFEST: Manifest = {
  ...{ name: "upstream", version: "1", uri: "https://upstream.example", artifactHash: ZeroHash },
  ...{ class: ModelClass.ProxiedApi, specHash: ZeroHash, weightsRoot: ZeroHash, preprocessHash: ZeroHash },
};
/** Token holders judge it, under the court's fast config. */
export const UPSTREAM_POLICY: Policy = {
  ...POLICY,
  ...{ grounds: Ground.Judgement, courtConfig: 1, penaltyBps: 15_000, minCoverage: COVERAGE, royaltyTo: ZeroAddress },
};
