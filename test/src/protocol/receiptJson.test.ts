import { expect } from "chai";
import { id } from "ethers";
import fc from "fast-check";

import { FatalError } from "../../../src/errors.ts";
import type { Batch } from "../../../src/protocol/batches.ts";
import { parseId } from "../../../src/protocol/ids.ts";
import { encodeBatch, encodeSignedReceipt, parseBatch, parseSignedReceipt } from "../../../src/protocol/receiptJson.ts";
import type { SignedReceipt } from "../../../src/protocol/receipts.ts";

const signed: SignedReceipt = {
  receipt: {
    operator: "0x1111111111111111111111111111111111111111",
    signerId: parseId(id("signer")),
    modelId: parseId(id("model")),
    jobId: parseId(id("job")),
    inputHash: id("input"),
    outputHash: id("output"),
    traceRoot: id("trace"),
    beneficiary: "0x2222222222222222222222222222222222222222",
    coverage: 2n ** 96n - 1n,
    issuedAt: 1_800_000_000,
    anchorBy: 1_800_086_400,
  },
  signature: "0x1234",
};
const batch: Batch = {
  operator: signed.receipt.operator,
  signerId: signed.receipt.signerId,
  modelId: signed.receipt.modelId,
  root: id("root"),
  count: 1_024,
  coverage: 10n ** 19n,
  anchorBy: 1_800_086_400,
  dataURI: "ipfs://batch",
};

const withField = (path: "receipt" | "signed", name: string, value: unknown): string => {
  const json = JSON.parse(encodeSignedReceipt(signed)) as Record<string, Record<string, unknown>>;
  (path === "receipt" ? json.receipt! : json)[name] = value;
  return JSON.stringify(json);
};

const refused = (parse: () => unknown): string => {
  try {
    parse();
  } catch (error) {
    expect(error).to.be.instanceOf(FatalError).with.property("code", "JSON_MALFORMED");
    return (error as Error).message;
  }
  throw new Error("expected a refusal");
};

describe("protocol/receiptJson", () => {
  it("reads back what it wrote, amounts to the last digit", () => {
    expect(parseSignedReceipt(encodeSignedReceipt(signed))).to.deep.equal(signed);
    expect(parseBatch(encodeBatch(batch))).to.deep.equal(batch);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 96n - 1n }), (coverage) => {
        const other = { ...signed, receipt: { ...signed.receipt, coverage } };
        expect(parseSignedReceipt(encodeSignedReceipt(other))).to.deep.equal(other);
      }),
    );
  });

  it("writes amounts as decimal text", () => {
    expect(JSON.parse(encodeBatch(batch))).to.include({ coverage: "10000000000000000000", count: 1_024 });
  });

  it("names every field that is wrong", () => {
    const cases: [string, unknown][] = [
      ["operator", "0x11"],
      ["signerId", signed.receipt.signerId.slice(0, -1)],
      ["jobId", 7],
      ["beneficiary", null],
      ["coverage", 10],
      ["coverage", "1e18"],
      ["coverage", "-1"],
      ["coverage", "01"],
      ["coverage", String(2n ** 96n)],
      ["issuedAt", 1.5],
      ["anchorBy", 2 ** 48],
      ["outputHash", undefined],
    ];
    for (const [name, value] of cases) {
      expect(refused(() => parseSignedReceipt(withField("receipt", name, value)))).to.include(`receipt.${name}: `);
    }
    expect(refused(() => parseSignedReceipt(withField("signed", "signature", "1234")))).to.include("signature: ");
    expect(refused(() => parseSignedReceipt(withField("signed", "note", "")))).to.include("note");
    expect(refused(() => parseBatch(encodeBatch({ ...batch, count: -1 })))).to.include("count: ");
    expect(refused(() => parseBatch("{"))).to.equal('expected JSON of a batch, got "{"');
    const two = refused(() => parseBatch(encodeBatch({ ...batch, count: -1, anchorBy: 0.5 })));
    expect(two).to.include("count: ").and.to.include("anchorBy: ");
  });
});
