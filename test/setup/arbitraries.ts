import { getAddress } from "ethers";
import fc from "fast-check";

import type { Batch } from "../../src/protocol/batches.ts";
import type { JobId, ModelId, SignerId } from "../../src/protocol/ids.ts";
import type { Receipt } from "../../src/protocol/receipts.ts";

/** Random bytes of a length, in hex. */
export function bytes<T extends string = string>(length: number): fc.Arbitrary<T> {
  return fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((value) => `0x${Buffer.from(value).toString("hex")}` as T);
}

export const address = bytes(20).map((value) => getAddress(value));
/** An amount that fits the contracts' `uint96`, its ends included. */
export const amount = fc.bigInt({ min: 0n, max: 2n ** 96n - 1n });
/** A time that fits the contracts' `uint48`, its ends included. */
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });

export const receipt: fc.Arbitrary<Receipt> = fc.record({
  operator: address,
  signerId: bytes<SignerId>(32),
  modelId: bytes<ModelId>(32),
  jobId: bytes<JobId>(32),
  inputHash: bytes(32),
  outputHash: bytes(32),
  traceRoot: bytes(32),
  beneficiary: address,
  coverage: amount,
  issuedAt: time,
  anchorBy: time,
});

export const batch: fc.Arbitrary<Batch> = fc.record({
  operator: address,
  signerId: bytes<SignerId>(32),
  modelId: bytes<ModelId>(32),
  root: bytes(32),
  count: fc.integer({ min: 1, max: 2 ** 20 }),
  coverage: amount,
  anchorBy: time,
  dataURI: fc.string({ unit: "grapheme" }),
});
