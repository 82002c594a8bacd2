import { expect } from "chai";
import { concat, keccak256, toBeHex, zeroPadValue } from "ethers";
import fc from "fast-check";

import type { ModelId } from "../../../src/protocol/ids.ts";
import { jobId } from "../../../src/protocol/jobs.ts";
import { address, bytes } from "../../setup/arbitraries.ts";

describe("jobs", () => {
  it("hashes four words: requester, nonce, model, input", () => {
    fc.assert(
      fc.property(
        address,
        fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
        bytes<ModelId>(32),
        bytes(32),
        (requester, nonce, modelId, inputHash) => {
          expect(jobId({ requester, nonce, modelId, inputHash })).to.equal(
            keccak256(concat([zeroPadValue(requester, 32), toBeHex(nonce, 32), modelId, inputHash])),
          );
        },
      ),
    );
  });
});
