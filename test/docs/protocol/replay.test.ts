import { readFile } from "node:fs/promises";

import { expect } from "chai";
import { hexlify, keccak256, solidityPackedKeccak256 } from "ethers";

import { commitTrace, weightsRoot } from "../../../src/inference/commitments.ts";
import { denseElement, evaluate } from "../../../src/inference/evaluate.ts";
import { Dtype, OpCode, Rounding, hashSpec, validateSpec, type GraphSpec } from "../../../src/inference/spec.ts";
import { encodeTensor, type TensorData } from "../../../src/inference/tensor.ts";
import type { DenseWeights } from "../../../src/inference/weights.ts";

const DENSE = { code: OpCode.DENSE, rounding: Rounding.FLOOR, input: 0, rows: 2, k: 2, zero: 0, lo: -128n, hi: 127n };
const ARGMAX = { code: OpCode.ARGMAX, rounding: Rounding.FLOOR, input: 1, rows: 1, k: 2, zero: 0, lo: 0n, hi: 0n };
const SPEC: GraphSpec = {
  tensors: [2, 2, 1].map((length) => ({ dtype: Dtype.I8, length })),
  ops: [DENSE, ARGMAX],
};
const WEIGHTS: DenseWeights = {
  values: Int8Array.of(2, 1, -1, 4),
  mult: BigInt64Array.of(3n, 3n),
  bias: BigInt64Array.of(4n, 4n),
  shift: Int8Array.of(1, 1),
};
const INPUT = Int8Array.of(3, -2);
/** What the operator committed to: one number is altered, the rest follows from it. */
const FALSE = [INPUT, Int8Array.of(8, 15), Int8Array.of(1)];

const bytesOf = (trace: readonly TensorData[], tensor: number): string =>
  hexlify(encodeTensor(SPEC.tensors[tensor]!, trace[tensor]!));

/** As the page on inference writes it down. */
const weightLeaf = (row: number): string => {
  const values = hexlify(new Uint8Array(WEIGHTS.values.slice(2 * row, 2 * row + 2)));
  const { mult, bias, shift } = WEIGHTS;
  return solidityPackedKeccak256(
    ["uint8", "uint16", "uint32", "int8", "int64", "int64", "bytes"],
    [1, 0, row, shift[row], mult[row], bias[row], values],
  );
};

describe("docs/protocol/replay.md", function () {
  let page: string;
  let right: TensorData[];
  before(async function () {
    page = await readFile(new URL("../../../docs/protocol/replay.md", import.meta.url), "utf8");
    validateSpec(SPEC);
    right = evaluate(SPEC, [WEIGHTS], INPUT);
  });

  /** Cells of the one row of the page's tables that begins with `name`. */
  function cellsOf(name: string): string[] {
    const rows = page.split("\n").filter((line) => line.startsWith(`| ${name} `));
    expect(rows, name).to.have.length(1);
    return rows[0]!
      .split("|")
      .slice(2, -1)
      .map((cell) => cell.trim());
  }

  it("the example's numbers are what the graph gives, and one of the operator's is not", function () {
    expect(right.map((tensor) => [...tensor])).to.deep.equal([[3, -2], [8, -15], [0]]);
    const acc = [0, 1].map((row) => [0, 1].reduce((sum, j) => sum + WEIGHTS.values[2 * row + j]! * INPUT[j]!, 0));
    expect(acc).to.deep.equal([4, -11]);
    expect(cellsOf("row 0")).to.deep.equal(["(2, 1)", "6 - 2 = **4**", "(4 * 3 + 4) / 2 = **8**"]);
    const second = "(-11 * 3 + 4) / 2 = -29 / 2 = -14.5, down: **-15**";
    expect(cellsOf("row 1")).to.deep.equal(["(-1, 4)", "-3 - 8 = **-11**", second]);
    for (const row of [0, 1]) {
      const element = denseElement(DENSE, WEIGHTS, INPUT, row);
      expect(cellsOf(`row ${String(row)}`)[2]).to.match(new RegExp(`\\*\\*${String(element)}\\*\\*$`));
      expect(BigInt(FALSE[1]![row]!) === element).to.equal(row === 0);
    }
    // From the altered number on, the operator's own trace is right.
    const [, hidden, answer] = FALSE;
    expect(answer![0]).to.equal([...hidden!].indexOf(Math.max(...hidden!)));
    expect(page).to.include("`UnitDisproven(…, op 0, row 1, claimed 15, computed -15)`");
    expect(page).to.include("`UnitHolds(1, 0, 1)`");
  });

  it("every commitment of the example stands on the page", function () {
    const model = {
      "`specHash`": hashSpec(SPEC),
      "weight leaf of row 0": weightLeaf(0),
      "weight leaf of row 1": weightLeaf(1),
      "`weightsRoot`": weightsRoot(SPEC, [WEIGHTS]),
    };
    const node = solidityPackedKeccak256(["uint8", "bytes32", "bytes32"], [3, weightLeaf(0), weightLeaf(1)]);
    expect(model["`weightsRoot`"]).to.equal(node);
    for (const [name, value] of Object.entries(model)) expect(cellsOf(name), name).to.deep.equal([`\`${value}\``]);

    const commitments = [right, FALSE].map((trace) => {
      const { tensorRoots, traceRoot } = commitTrace(SPEC, trace);
      return {
        "tensor 1": `(${[...trace[1]!].join(", ")}), bytes \`${bytesOf(trace, 1)}\``,
        "output bytes": `\`${bytesOf(trace, 2)}\``,
        "`inputHash`": `\`${keccak256(bytesOf(trace, 0))}\``,
        "`outputHash`": `\`${keccak256(bytesOf(trace, 2))}\``,
        "root of tensor 0": `\`${tensorRoots[0]!}\``,
        "root of tensor 1": `\`${tensorRoots[1]!}\``,
        "root of tensor 2": `\`${tensorRoots[2]!}\``,
        "`traceRoot`": `\`${traceRoot}\``,
      };
    });
    const [honest, claimed] = commitments;
    for (const name of Object.keys(honest!) as (keyof (typeof commitments)[number])[]) {
      const [ours, theirs] = [honest![name], claimed![name]];
      expect(cellsOf(name), name).to.deep.equal([ours, ours === theirs ? "the same" : theirs]);
    }
  });

  it("the unit that contradicts the operator is the one on the page", function () {
    expect(cellsOf("`op`, `row`")).to.deep.equal(["0, 1"]);
    expect(cellsOf("`input`")[0]).to.match(new RegExp(`^\`${bytesOf(FALSE, 0)}\`, all of tensor 0;`));
    expect(cellsOf("`outputLeaf`")[0]).to.match(new RegExp(`^\`${bytesOf(FALSE, 1)}\`, leaf 0 of tensor 1`));
    expect(cellsOf("`weights`")[0]).to.match(/^`shift` 1, `mult` 3, `bias` 4, `values` `0xff04`, `proof`: /);
    const padded = bytesOf(FALSE, 1) + "00".repeat(1_022);
    const leaf = solidityPackedKeccak256(["uint8", "uint16", "uint32", "bytes"], [2, 1, 0, padded]);
    expect(commitTrace(SPEC, FALSE).tensorRoots[1], "one leaf is its own root").to.equal(leaf);
    expect(page).to.include("(`op` 1, `row` 0, `input` `0x080f`)");
  });
});
