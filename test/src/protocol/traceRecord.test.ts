import { expect } from "chai";
import { hexlify } from "ethers";
import fc from "fast-check";

import { FatalError } from "../../../src/errors.ts";
import { commitTrace } from "../../../src/inference/commitments.ts";
import { evaluate } from "../../../src/inference/evaluate.ts";
import { encodeTensor } from "../../../src/inference/tensor.ts";
import { encodeTraceRecord, parseTraceRecord, recordTrace } from "../../../src/protocol/traceRecord.ts";
import { bytes, receipt } from "../../setup/arbitraries.ts";
import { SMALL } from "../../setup/graphs.ts";

const lowered = <T extends object>(value: T): T =>
  Object.fromEntries(
    Object.entries(value).map(
      ([key, field]) => [key, typeof field === "string" ? field.toLowerCase() : field] as const,
    ),
  ) as T;

describe("protocol/traceRecord", () => {
  it("survives being written down, in one line", () => {
    const tensors = fc.array(
      fc.integer({ min: 0, max: 2_000 }).chain((length) => bytes(length)),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(receipt, fc.array(bytes(32), { maxLength: 5 }), tensors, (signed, roots, data) => {
        const record = { receipt: signed, roots, tensors: data };
        const json = encodeTraceRecord(record);
        expect(json).not.to.include("\n");
        expect(parseTraceRecord(json)).to.deep.equal({ ...record, receipt: lowered(signed) });
      }),
    );
  });

  it("keeps roots and bytes of every tensor", () => {
    const { spec, weights, input } = SMALL;
    const trace = evaluate(spec, weights, input);
    const [sample] = fc.sample(receipt, 1);
    const { roots, tensors } = recordTrace(spec, sample!, trace);
    expect(roots).to.deep.equal(commitTrace(spec, trace).tensorRoots);
    expect(tensors).to.deep.equal(trace.map((data, i) => hexlify(encodeTensor(spec.tensors[i]!, data))));
  });

  it("refuses what is not a record", () => {
    const [sample] = fc.sample(receipt, 1);
    const record = { receipt: sample!, roots: [], tensors: ["0x00"] };
    for (const broken of ["", "{}", encodeTraceRecord({ ...record, tensors: ["00"] })]) {
      expect(() => parseTraceRecord(broken)).to.throw(FatalError, /JSON of a trace record/);
    }
  });
});
