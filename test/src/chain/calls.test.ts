import { expect } from "chai";
import { network } from "hardhat";

import { anchorBatch } from "../../../src/actions/anchorBatch.ts";
import { checkReceipt } from "../../../src/actions/checkReceipt.ts";
import { claim } from "../../../src/actions/claim.ts";
import { hostModel } from "../../../src/actions/hostModel.ts";
import { publishAnswer } from "../../../src/actions/publishAnswer.ts";
import { readAccount } from "../../../src/actions/readAccount.ts";
import { readCase } from "../../../src/actions/readCase.ts";
import { setExposureCap } from "../../../src/actions/setExposureCap.ts";
import { setMetadata } from "../../../src/actions/setMetadata.ts";
import { stake } from "../../../src/actions/stake.ts";
import { FatalError } from "../../../src/errors.ts";
import { bareLeaf } from "../../../src/protocol/answers.ts";
import { operate } from "../../setup/operation.ts";
import { refusalOf } from "../../setup/refusal.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { provider } = ethers;
const ADDRESS = "an address (0x and 40 hex digits), or a name that this chain resolves";

describe("chain: calls with bad input", () => {
  it("says what was expected and what came, before anything is sent", async () => {
    const o = await networkHelpers.loadFixture(operate);
    const { deployment, operator } = o;
    const receipt = await o.receipt(0);
    const batch = o.batch([receipt]);
    const leaf = bareLeaf(receipt);
    const checksum = "0x5FbDB2315678afecb367f032d93F642f64180aa4";
    const cases: [() => Promise<unknown>, string][] = [
      [() => readAccount(provider, deployment, { account: "0x1234" }), `expected ${ADDRESS}, got "0x1234"`],
      [() => readAccount(provider, deployment, { account: "nobody.eth" }), `expected ${ADDRESS}, got "nobody.eth"`],
      [() => claim(operator, deployment, { account: "bob" }), `expected ${ADDRESS}, got "bob"`],
      [() => readAccount(provider, deployment, { account: undefined as never }), `expected ${ADDRESS}, got undefined`],
      [
        () => readAccount(provider, deployment, { account: checksum }),
        `address: expected an address with its checksum, or all in lower case, got "${checksum}"`,
      ],
      [
        () => readCase(provider, deployment, { caseId: "0x12" as never }),
        'caseId: expected 32 bytes in hex, got "0x12"',
      ],
      [
        () => checkReceipt(provider, deployment, { receipt: { ...receipt, coverage: -1n } }),
        "coverage: expected a number within its type's range, got -1",
      ],
      [
        () => setExposureCap(operator, deployment, { exposureCap: 2n ** 96n }),
        "exposureCap: expected a number within its type's range, got 79228162514264337593543950336",
      ],
      [() => stake(operator, deployment, { amount: 1.5 as never }), "expected a whole number, got 1.5"],
      [() => setMetadata(operator, deployment, { metadataURI: 5 as never }), "expected text, got 5"],
      [
        () => setMetadata(operator, deployment, { metadataURI: undefined as never }),
        "metadataURI: expected a value, got undefined",
      ],
      [() => hostModel(operator, deployment, { modelId: "lande" as never }), 'expected bytes in hex, got "lande"'],
      [
        () => anchorBatch(operator, deployment, { batch: { ...batch, count: undefined as never } }),
        "batch.count: expected a value, got undefined",
      ],
      [
        () => publishAnswer(operator, deployment, { leaf, request: `0x${"é".repeat(100)}`, output: "0x" }),
        `expected bytes in hex, got "0x${"é".repeat(76)}…`,
      ],
    ];
    const sent = await provider.getTransactionCount(operator);
    for (const [call, message] of cases) {
      const refused = await refusalOf(call(), FatalError);
      expect({ code: refused.code, message: refused.message }).to.deep.equal({ code: "INVALID_INPUT", message });
    }
    expect(await provider.getTransactionCount(operator)).to.equal(sent);
  });

  it("says that a deployment is not of this chain", async () => {
    const { deployment, operator } = await networkHelpers.loadFixture(operate);
    const elsewhere = { ...deployment, vault: "0x00000000000000000000000000000000000000a1" };
    const refused = await refusalOf(readAccount(provider, elsewhere, { account: operator.address }), FatalError);
    expect(refused.code).to.equal("NO_CONTRACT");
    expect(refused.message).to.equal(
      "expected a contract of this deployment to answer account(address), found none: is it the deployment of this chain?",
    );
  });

  it("still takes names where the chain has them", async () => {
    const { deployment, operator, stranger } = await networkHelpers.loadFixture(operate);
    const named: typeof operator = Object.create(operator, {
      resolveName: { value: async (name: string) => (name === "stranger.eth" ? stranger.address : null) },
    }) as typeof operator;
    const refused = await refusalOf(claim(named, deployment, { account: "stranger.eth" }), FatalError);
    expect(refused.code).to.equal("NothingToClaim");
    const unknown = await refusalOf(claim(named, deployment, { account: "other.eth" }), FatalError);
    expect(unknown.code).to.equal("INVALID_INPUT");
  });
});
