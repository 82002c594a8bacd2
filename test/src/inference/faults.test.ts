import { expect } from "chai";
import { ZeroHash, concat, getBytes, hexlify, id, keccak256 } from "ethers";
import fc from "fast-check";

import { FatalError } from "../../../src/errors.ts";
import { weightsRoot } from "../../../src/inference/commitments.ts";
import { evaluate } from "../../../src/inference/evaluate.ts";
import {
  findFault,
  findFaultInLeaf,
  replayClaim,
  type Claim,
  type Fault,
  type ReplayModel,
  type ShownTrace,
} from "../../../src/inference/faults.ts";
import { TensorTree, WeightsTree } from "../../../src/inference/proofs.ts";
import { tensorBytes } from "../../../src/inference/spec.ts";
import { encodeTensor } from "../../../src/inference/tensor.ts";
import { commit, corrupt, type Commitment, type Corruption } from "../../setup/corruption.ts";
import { SMALL, WIDE, type SmallGraph } from "../../setup/graphs.ts";
import { refusalOfProof, traceRootOf } from "../../setup/referee.ts";

/** How many altered bytes; a long run raises it. */
const CORRUPTIONS = Number(process.env.CREDENCE_CORRUPTIONS ?? 300);

const traceOf = ({ spec, weights, input }: SmallGraph) => evaluate(spec, weights, input);
const modelOf = ({ spec, weights }: SmallGraph): ReplayModel => ({
  spec,
  weights,
  preprocessHash: ZeroHash,
  weightsTree: new WeightsTree(spec, weights),
});
const shownOf = ({ roots, tensors }: Commitment): ShownTrace => ({
  roots,
  tensors: tensors.map((bytes) => ({ bytes })),
});

/** Asserts that a fault was found that overturns the answer. */
function expectProof(model: ReplayModel, claim: Claim, fault: Fault | undefined): Fault["kind"] {
  expect(fault?.kind).to.be.oneOf(["rootCount", "end", "unit", "padding", "missingLeaf"]);
  const { spec, weights, preprocessHash } = model;
  const known = { spec, preprocessHash, weightsRoot: weightsRoot(spec, weights) };
  expect(refusalOfProof(known, claim, fault as never)).to.equal(undefined);
  return fault!.kind;
}

/** What an operator commits to with trees of its own making. */
function commitTrees(honest: Commitment, trees: readonly TensorTree[]): Commitment {
  const roots = honest.roots.map((root, number) => trees.find((tree) => tree.number === number)?.root ?? root);
  return { ...honest, roots, traceRoot: traceRootOf(roots) };
}

describe("inference/faults", () => {
  const model = modelOf(SMALL);
  const trace = traceOf(SMALL);
  const honest = commit(model, trace);
  const lie = (tensor: number, byte: number, isCarried = true, flip = 1): Commitment =>
    corrupt(model, trace, { tensor, byte, flip, isCarried });

  it("finds nothing in a right answer, whatever is shown of it", () => {
    for (const shown of [{}, { roots: honest.roots }, shownOf(honest), { tensors: [{ bytes: "0x" }, undefined] }]) {
      expect(findFault(model, honest, shown)).to.equal(undefined);
    }
    for (const roots of [[], honest.roots.slice(1), [...honest.roots].reverse(), ["junk"]]) {
      expect(findFault(model, honest, { roots })).to.equal(undefined);
    }
    const wide = modelOf(WIDE);
    expect(findFault(wide, commit(wide, traceOf(WIDE)))).to.equal(undefined);
  });

  it(`finds every one of ${CORRUPTIONS} altered bytes, and proves it`, function () {
    this.timeout(0);
    const kinds = new Map<string, number>();
    const bytes = SMALL.spec.tensors.flatMap((tensor, number) =>
      Array.from({ length: tensorBytes(tensor) }, (_, byte) => ({ tensor: number, byte })),
    );
    const corruptions = fc.record({
      place: fc.constantFrom(...bytes),
      flip: fc.integer({ min: 1, max: 255 }),
      isCarried: fc.boolean(),
    });
    fc.assert(
      fc.property(corruptions, ({ place, flip, isCarried }) => {
        const claim = corrupt(model, trace, { ...place, flip, isCarried });
        const kind = expectProof(model, claim, findFault(model, claim, shownOf(claim)));
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        expect(kind).to.equal(place.tensor === 0 ? "end" : "unit");
        // Without the tensors it is found all the same, and told where.
        const hidden = findFault(model, claim, { roots: claim.roots });
        if (hidden?.kind === "withheld") expect(hidden.tensor).to.equal(place.tensor);
        else expectProof(model, claim, hidden);
        expect(findFault(model, claim)).not.to.equal(undefined);
      }),
      { numRuns: CORRUPTIONS },
    );
    expect([...kinds.keys()].sort()).to.deep.equal(["end", "unit"]);
  });

  it("says what is wrong with an element", () => {
    const claim = lie(1, 4 * 5 + 3, true, 6);
    const fault = findFault(model, claim, shownOf(claim));
    if (fault?.kind !== "unit") throw new Error(`found ${fault?.kind}`);
    const computed = BigInt(trace[1]![5]!);
    expect([fault.unit.op, fault.unit.row]).to.deep.equal([0, 5]);
    expect([fault.computed, fault.claimed]).to.deep.equal([computed, computed ^ 6n]);
    expect(fault.unit.input).to.equal(honest.request);
    expect(fault.unit.weights).to.deep.equal(model.weightsTree!.row(0, 5));
    const { weightsTree, ...bare } = model;
    expect(findFault(bare, claim, shownOf(claim))).to.deep.equal(fault);
    expect(weightsTree!.root).to.equal(weightsRoot(SMALL.spec, SMALL.weights));
  });

  it("knows an altered output without being shown anything", () => {
    const claim = lie(3, 3);
    const fault = findFault(model, claim);
    expect(expectProof(model, claim, fault)).to.equal("unit");
    expect(fault).to.deep.include({ claimed: BigInt(trace[3]![0]!) ^ 1n, computed: BigInt(trace[3]![0]!) });
    const shownInCapitals = { roots: claim.roots.map((root) => `0x${root.slice(2).toUpperCase()}`) };
    expect(findFault(model, claim, shownInCapitals)).to.deep.equal(fault);
  });

  it("knows an output that is not the trace's", () => {
    const claim = { ...honest, output: lie(3, 3).output };
    const fault = findFault(model, claim);
    expect(expectProof(model, claim, fault)).to.equal("end");
    expect(fault).to.deep.include({ end: "output", shown: claim.output });
  });

  it("knows an answer to another question, if the roots are known", () => {
    const claim = lie(0, 0);
    expect(findFault(model, claim)).to.deep.equal({ kind: "withheld", tensor: undefined });
    const fault = findFault(model, claim, { roots: claim.roots });
    expect(expectProof(model, claim, fault)).to.equal("end");
    expect(fault).to.deep.include({ end: "request", shown: honest.request });
  });

  it("needs no trace where request or output cannot be a tensor", () => {
    for (const [end, bytes] of [
      ["request", concat([honest.request, "0x00"])],
      ["request", "0x"],
      ["output", concat([honest.output, "0x00"])],
      ["output", "0x"],
    ] as const) {
      const claim = { ...honest, [end]: bytes };
      const fault = findFault(model, claim);
      expect(expectProof(model, claim, fault)).to.equal("end");
      expect(fault).to.deep.include({ end, shown: bytes });
    }
    expect(replayClaim(model, { ...honest, request: "0x" })).to.equal(undefined);
  });

  it("counts the roots before it reads them", () => {
    for (const roots of [[], honest.roots.slice(1), [...honest.roots, ZeroHash]]) {
      const claim = { ...honest, traceRoot: traceRootOf(roots) };
      expect(expectProof(model, claim, findFault(model, claim, { roots }))).to.equal("rootCount");
    }
  });

  it("asks for a game where what is shown does not lead to the roots", () => {
    const claim = lie(1, 9);
    const withheld = { kind: "withheld", tensor: 1 };
    expect(findFault(model, claim, { roots: claim.roots })).to.deep.equal(withheld);
    for (const bytes of [honest.tensors[1]!, "0x", "junk", hexlify(new Uint8Array(1_024)), claim.tensors[2]!]) {
      const tensors = [undefined, { bytes }];
      expect(findFault(model, claim, { roots: claim.roots, tensors }), bytes.slice(0, 10)).to.deep.equal(withheld);
    }
    const filled = [undefined, { bytes: claim.tensors[1]!, missing: [ZeroHash] }];
    expect(findFault(model, claim, { roots: claim.roots, tensors: filled })).to.deep.equal(withheld);
    const odd = [undefined, { bytes: claim.tensors[1]!, missing: ["0x01"] }];
    expect(findFault(model, claim, { roots: claim.roots, tensors: odd })).to.deep.equal(withheld);
    const shown = [undefined, { bytes: claim.tensors[1]! }];
    expectProof(model, claim, findFault(model, claim, { roots: claim.roots, tensors: shown }));
    expectProof(model, claim, findFault(model, claim, { tensors: shownOf(claim).tensors! })); // roots can be told from it
  });

  it("does not propose a proof of more roots than can be published: a game is won by the clock", () => {
    const rootsOf = (count: number): string[] => Array.from({ length: count }, (_, i) => id(`root ${i}`));
    const withRoots = (roots: string[]): Fault | undefined =>
      findFault(model, { ...honest, traceRoot: traceRootOf(roots) }, { roots });
    expect(withRoots(rootsOf(257))).to.include({ kind: "rootCount" });
    expect(withRoots(rootsOf(258))).to.deep.equal({ kind: "withheld", tensor: undefined });
  });

  it("takes a tensor's bytes as they are, as a record of the operator has them", () => {
    const altered = lie(1, 0);
    const fault = findFault(model, altered, { roots: altered.roots, tensors: altered.tensors });
    expect(fault).to.deep.equal(findFault(model, altered, shownOf(altered)));
    expect(fault?.kind).to.equal("unit");
  });

  it("takes what is of another type for not shown", () => {
    const claim = { ...honest, traceRoot: id("of nothing that anybody showed") };
    for (const shown of [
      ...[null, [null], ["0x"], {}, 1].map((tensors) => ({ tensors })),
      { tensors: [{ bytes: "0x", missing: {} }] },
      { tensors: [{ bytes: [1, 2] }] },
      ...[null, "0x00", {}, [null], [1]].map((roots) => ({ roots })),
    ]) {
      const fault = findFault(model, claim, shown as never);
      expect(fault, JSON.stringify(shown)).to.deep.equal({ kind: "withheld", tensor: undefined });
    }
  });

  it("finds a contradiction behind a tensor that stays hidden", () => {
    const hidden = lie(1, 9, false);
    const altered = corrupt(model, trace, { tensor: 3, byte: 3, flip: 2, isCarried: false });
    const roots = [honest.roots[0]!, hidden.roots[1]!, honest.roots[2]!, altered.roots[3]!];
    const claim = { ...honest, output: altered.output, traceRoot: traceRootOf(roots), roots };
    const fault = findFault(model, claim, { roots });
    expect(expectProof(model, claim, fault)).to.equal("unit");
    expect((fault as Fault & { kind: "unit" }).unit.op).to.equal(2);
  });

  describe("a tensor of 20 leaves", () => {
    const wide = modelOf(WIDE);
    const wideTrace = traceOf(WIDE);
    const right = commit(wide, wideTrace);
    const elements = getBytes(right.tensors[1]!);
    const [shape, padded] = [WIDE.spec.tensors[1]!, new Uint8Array(20 * 1_024)];
    padded.set(elements);

    it("proves an element of each leaf", () => {
      for (let leaf = 0; leaf < 20; leaf++) {
        const corruption: Corruption = { tensor: 1, byte: leaf * 1_024 + 543, flip: 0x55, isCarried: true };
        const claim = corrupt(wide, wideTrace, corruption);
        const fault = findFault(wide, claim, shownOf(claim));
        expect(expectProof(wide, claim, fault)).to.equal("unit");
        expect((fault as Fault & { kind: "unit" }).unit.row).to.equal(256 * leaf + 135);
      }
    });

    it("proves padding, the first byte and the last", () => {
      for (const byte of [elements.length, padded.length - 1]) {
        const bytes = padded.slice();
        bytes[byte] = 1;
        const claim = commitTrees(right, [new TensorTree(shape, 1, bytes)]);
        const shown = { roots: claim.roots, tensors: [undefined, { bytes }] };
        expect(expectProof(wide, claim, findFault(wide, claim, shown))).to.equal("padding");
      }
    });

    it("proves padding before an element, whose proof would not hold", () => {
      const bytes = padded.slice();
      bytes[elements.length - 1]! ^= 1;
      bytes[elements.length] = 1;
      const claim = commitTrees(right, [new TensorTree(shape, 1, bytes)]);
      const shown = { roots: claim.roots, tensors: [undefined, { bytes }] };
      expect(expectProof(wide, claim, findFault(wide, claim, shown))).to.equal("padding");
    });

    it("proves a leaf that the tensor does not have, the first and the last", () => {
      for (const missing of [[id("leaf")], [...Array<string>(11).fill(ZeroHash), id("leaf")]]) {
        const claim = commitTrees(right, [new TensorTree(shape, 1, elements, missing)]);
        const shown = { roots: claim.roots, tensors: [undefined, { bytes: elements, missing }] };
        const fault = findFault(wide, claim, shown);
        expect(expectProof(wide, claim, fault)).to.equal("missingLeaf");
        expect((fault as Fault & { kind: "missingLeaf" }).position).to.equal(19 + missing.length);
      }
    });

    it("finds in one leaf what a game shows, padding first", () => {
      const replay = replayClaim(wide, right)!;
      const bytes = padded.slice();
      bytes[19 * 1_024 + 4] = bytes[19 * 1_024 + 4]! ^ 1;
      for (const end of [0, 1]) {
        bytes[bytes.length - 1] = end;
        const tree = new TensorTree(shape, 1, bytes);
        const claim = commitTrees(right, [tree]);
        const shown = { tensor: 1, index: 19, leaf: tree.leaf(19), proof: tree.proof(19) };
        const fault = findFaultInLeaf(wide, replay, claim.roots, shown);
        expect(expectProof(wide, claim, fault)).to.equal(end === 0 ? "unit" : "padding");
        expect(findFaultInLeaf(wide, replay, claim.roots, { ...shown, index: 3, leaf: tree.leaf(3) })).to.equal(
          undefined,
        );
      }
    });
  });

  describe("a model whose request is not tensor 0", () => {
    const text = { ...model, preprocessHash: id("rule") };
    const request = hexlify(Buffer.from("a text of any length"));
    const asked = (commitment: Commitment) => ({ ...commitment, request, tensor0: SMALL.input });

    it("takes tensor 0 from who asks", () => {
      expect(findFault(text, asked(honest))).to.equal(undefined);
      const claim = asked(lie(2, 7));
      expect(expectProof(text, claim, findFault(text, claim, shownOf(lie(2, 7))))).to.equal("unit");
      expect(() => findFault(text, { ...honest, request })).to.throw(FatalError, "expected it with the claim");
    });

    it("leaves another tensor 0 to token holders, unless arithmetic after it is wrong as well", () => {
      const other = lie(0, 1);
      expect(findFault(text, asked(other), shownOf(other))).to.deep.equal({ kind: "preprocessing" });
      expect(findFault(text, asked(other), { roots: other.roots })).to.deep.equal({ kind: "preprocessing" });
      const input = SMALL.input.slice() as Int16Array;
      input[3]! += 1;
      const twice = corrupt(model, evaluate(SMALL.spec, SMALL.weights, input), {
        tensor: 1,
        byte: 0,
        flip: 1,
        isCarried: true,
      });
      expect(twice.tensors[0]).to.equal(hexlify(encodeTensor(SMALL.spec.tensors[0]!, input)));
      const claim = asked(twice);
      expect(keccak256(claim.request)).not.to.equal(keccak256(twice.request));
      expect(expectProof(text, claim, findFault(text, claim, shownOf(twice)))).to.equal("unit");
    });
  });
});
