// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../contracts/attestations/IAttestationRegistry.sol";
import { IModelRegistry } from "../../contracts/models/IModelRegistry.sol";
import { IReplayGame } from "../../contracts/replay/IReplayGame.sol";
import { ReplayGame } from "../../contracts/replay/ReplayGame.sol";
import { UnitMath } from "../../contracts/replay/UnitMath.sol";
import { Op, Tensor } from "../../contracts/types/Graph.sol";
import { Leaf, Receipt as CredenceReceipt } from "../../contracts/types/Receipt.sol";
import { DisputeTest } from "./DisputeTest.sol";
import { ReferenceMath } from "./ReferenceMath.sol";
import { ReferenceTree } from "./ReferenceTree.sol";

/// @notice Small networks with weights, answers to them with all tensors, and the proofs that a challenger makes of
/// them: a second prover, in plain Solidity, that shares nothing with the contracts.
///
/// An answer's lock is 20: coverage 10, penalty 10; of the penalty the prover has 5, the reserve 5.
abstract contract ReplayTest is DisputeTest {
    /// @notice A model: its graph, and the rows of all DENSE operators in order, without proofs.
    struct Network {
        Tensor[] tensors;
        Op[] ops;
        UnitMath.Row[] rows;
    }

    /// @notice An answer as its operator has it: the bytes of all tensors and their roots.
    struct Answer {
        CredenceReceipt receipt;
        bytes[] tensors;
        bytes32[] roots;
    }

    uint8 internal constant I8 = 0;
    uint8 internal constant I16 = 1;
    uint8 internal constant I32 = 2;
    uint8 internal constant I64 = 3;
    uint8 internal constant FLOOR = 0;
    uint8 internal constant GEMMLOWP = 1;

    ReplayGame internal game;
    uint256 private _jobs;
    uint256 private _models;

    function setUp() public virtual override {
        super.setUp();
        game = protocol.replay;
    }

    /* NETWORKS */

    function _network(uint256 kind) internal pure returns (Network memory) {
        kind %= 3;
        return
            kind == 0
                ? _floorNetwork()
                : kind == 1
                    ? _gemmlowpNetwork()
                    : _largeNetwork();
    }

    /// @dev i8[4] -> DENSE i16[5] -> DENSE i8[3] -> ARGMAX i8[1].
    function _floorNetwork() internal pure returns (Network memory n) {
        n.tensors = new Tensor[](4);
        (n.tensors[0], n.tensors[1]) = (Tensor(I8, 4), Tensor(I16, 5));
        (n.tensors[2], n.tensors[3]) = (Tensor(I8, 3), Tensor(I8, 1));
        n.ops = new Op[](3);
        n.ops[0] = Op({ code: 1, rounding: FLOOR, input: 0, rows: 5, k: 4, zero: 0, lo: -30_000, hi: 30_000 });
        n.ops[1] = Op({ code: 1, rounding: FLOOR, input: 1, rows: 3, k: 5, zero: 0, lo: -128, hi: 127 });
        n.ops[2] = Op({ code: 2, rounding: FLOOR, input: 2, rows: 1, k: 3, zero: 0, lo: 0, hi: 0 });
        n.rows = new UnitMath.Row[](8);
        for (uint256 i = 0; i < 5; ++i) n.rows[i] = _row("floor", i, 4, 37, 900, 6);
        for (uint256 i = 5; i < 8; ++i) n.rows[i] = _row("floor", i, 5, 3, -4_000, 17);
    }

    /// @dev i8[40] -> DENSE i8[7] -> ARGMAX i8[1], then DENSE i8[3] over the seven again: an operator reads a tensor
    /// that is not the one before, and operators without weights stand between those with.
    function _gemmlowpNetwork() internal pure returns (Network memory n) {
        n.tensors = new Tensor[](4);
        (n.tensors[0], n.tensors[1]) = (Tensor(I8, 40), Tensor(I8, 7));
        (n.tensors[2], n.tensors[3]) = (Tensor(I8, 1), Tensor(I8, 3));
        n.ops = new Op[](3);
        n.ops[0] = Op({ code: 1, rounding: GEMMLOWP, input: 0, rows: 7, k: 40, zero: -5, lo: -128, hi: 127 });
        n.ops[1] = Op({ code: 2, rounding: 0, input: 1, rows: 1, k: 7, zero: 0, lo: 0, hi: 0 });
        n.ops[2] = Op({ code: 1, rounding: GEMMLOWP, input: 1, rows: 3, k: 7, zero: 11, lo: -100, hi: 100 });
        n.rows = new UnitMath.Row[](10);
        for (uint256 i = 0; i < 7; ++i) n.rows[i] = _row("gemmlowp", i, 40, 1_518_500_250, -77, 9);
        for (uint256 i = 7; i < 10; ++i) n.rows[i] = _row("gemmlowp", i, 7, 1_340_000_001, 1_234, 6);
    }

    /// @dev i16[2] -> DENSE i64[300], 2,400 bytes: three leaves, of which the last is short, and a missing one -> DENSE
    /// i32[2] -> ARGMAX i8[1].
    function _largeNetwork() internal pure returns (Network memory n) {
        n.tensors = new Tensor[](4);
        (n.tensors[0], n.tensors[1]) = (Tensor(I16, 2), Tensor(I64, 300));
        (n.tensors[2], n.tensors[3]) = (Tensor(I32, 2), Tensor(I8, 1));
        n.ops = new Op[](3);
        n.ops[0] = Op({
            code: 1,
            rounding: FLOOR,
            input: 0,
            rows: 300,
            k: 2,
            zero: 0,
            lo: type(int64).min,
            hi: type(int64).max
        });
        n.ops[1] = Op({
            code: 1,
            rounding: FLOOR,
            input: 1,
            rows: 2,
            k: 300,
            zero: 0,
            lo: type(int32).min,
            hi: type(int32).max
        });
        n.ops[2] = Op({ code: 2, rounding: 0, input: 2, rows: 1, k: 2, zero: 0, lo: 0, hi: 0 });
        n.rows = new UnitMath.Row[](302);
        for (uint256 i = 0; i < 300; ++i) n.rows[i] = _row("large", i, 2, 1_000_003, -5, 0);
        for (uint256 i = 300; i < 302; ++i) n.rows[i] = _row("large", i, 300, 1, 0, 24);
    }

    function _row(
        string memory name,
        uint256 i,
        uint256 k,
        int64 mult,
        int64 bias,
        int8 shift
    ) private pure returns (UnitMath.Row memory row) {
        row.values = _noise(keccak256(abi.encode(name, i)), k);
        (row.mult, row.bias, row.shift) = (mult + int64(uint64(i)), bias - int64(uint64(i)), shift);
    }

    /// @dev Bytes that look random.
    function _noise(bytes32 seed, uint256 length) internal pure returns (bytes memory data) {
        data = new bytes(length);
        for (uint256 i = 0; i < length; ++i) data[i] = keccak256(abi.encode(seed, i))[0];
    }

    /// @dev A tensor 0 of the network.
    function _input(Network memory n, uint256 seed) internal pure returns (bytes memory) {
        return _noise(bytes32(seed), _size(n.tensors[0]));
    }

    function _width(Tensor memory tensor) internal pure returns (uint256) {
        return 2 ** tensor.dtype;
    }

    function _size(Tensor memory tensor) internal pure returns (uint256) {
        return tensor.length * _width(tensor);
    }

    /* COMPUTING */

    /// @dev All tensors of an honest run.
    function _run(Network memory n, bytes memory input) internal pure returns (bytes[] memory tensors) {
        tensors = new bytes[](n.tensors.length);
        tensors[0] = input;
        _resume(n, tensors, 0);
    }

    /// @dev Computes honestly from operator `from` on, whatever stands before it.
    function _resume(Network memory n, bytes[] memory tensors, uint256 from) internal pure {
        for (uint256 op = from; op < n.ops.length; ++op) tensors[op + 1] = _layer(n, tensors, op);
    }

    function _layer(Network memory n, bytes[] memory tensors, uint256 op) private pure returns (bytes memory) {
        int256[] memory x = ReferenceMath.decode(tensors[n.ops[op].input], _width(n.tensors[n.ops[op].input]));
        int256[] memory y = new int256[](n.ops[op].rows);
        if (n.ops[op].code == 2) y[0] = int256(ReferenceMath.argmax(x));
        else for (uint256 i = 0; i < y.length; ++i) y[i] = _element(n, op, i, x);
        return ReferenceMath.encode(y, _width(n.tensors[op + 1]));
    }

    function _element(Network memory n, uint256 op, uint256 row, int256[] memory x) private pure returns (int256) {
        UnitMath.Row memory r = n.rows[_place(n, op) + row];
        return ReferenceMath.dense(n.ops[op], ReferenceMath.decode(r.values, 1), x, r.mult, r.bias, r.shift);
    }

    /// @dev Place of an operator's first row among all rows.
    function _place(Network memory n, uint256 op) internal pure returns (uint256 place) {
        for (uint256 i = 0; i < op; ++i) if (n.ops[i].code == 1) place += n.ops[i].rows;
    }

    function _get(Network memory n, bytes[] memory tensors, uint256 tensor, uint256 i) internal pure returns (int256) {
        return ReferenceMath.decode(tensors[tensor], _width(n.tensors[tensor]))[i];
    }

    /// @dev Another value for one element.
    function _set(Network memory n, bytes[] memory tensors, uint256 tensor, uint256 i, int256 value) internal pure {
        uint256 width = _width(n.tensors[tensor]);
        int256[] memory values = ReferenceMath.decode(tensors[tensor], width);
        values[i] = value;
        tensors[tensor] = ReferenceMath.encode(values, width);
    }

    /// @dev The element's lowest bit flipped: off by one, inside its type.
    function _falsify(Network memory n, bytes[] memory tensors, uint256 tensor, uint256 i) internal pure {
        _set(n, tensors, tensor, i, _get(n, tensors, tensor, i) ^ 1);
    }

    /* COMMITTING */

    function _rootsOf(bytes[] memory tensors) internal pure returns (bytes32[] memory roots) {
        roots = new bytes32[](tensors.length);
        for (uint256 i = 0; i < roots.length; ++i) roots[i] = ReferenceTree.tensorRoot(i, tensors[i]);
    }

    function _weightLeaves(Network memory n) internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](n.rows.length);
        uint256 position = 0;
        for (uint256 op = 0; op < n.ops.length; ++op) {
            if (n.ops[op].code != 1) continue;
            for (uint256 row = 0; row < n.ops[op].rows; ++row) {
                leaves[position] = ReferenceTree.weightLeaf(op, row, n.rows[position]);
                ++position;
            }
        }
    }

    /// @dev Publishes the network with ground Replay.
    function _publishNetwork(Network memory n) internal returns (bytes32) {
        return _publishNetwork(n, _policy(), 0);
    }

    function _publishNetwork(
        Network memory n,
        IModelRegistry.Policy memory policy,
        bytes32 preprocessHash
    ) internal returns (bytes32) {
        IModelRegistry.Manifest memory manifest = _manifest();
        manifest.name = string.concat("network ", vm.toString(++_models));
        manifest.specHash = keccak256(abi.encode(uint16(1), n.tensors, n.ops));
        manifest.weightsRoot = ReferenceTree.root(_weightLeaves(n));
        manifest.preprocessHash = preprocessHash;
        vm.prank(publisher);
        return protocol.models.publishModel(manifest, policy, n.tensors, n.ops);
    }

    /* ANSWERING */

    /// @dev A published honest answer to a model published with it. Everybody's wealth is noted after it.
    function _honestAnswer(Network memory n, uint256 seed) internal returns (Answer memory a) {
        a = _answer(_publishNetwork(n), _run(n, _input(n, seed)));
        _note();
    }

    /// @dev The same with one element wrong of what operator `op` wrote, and all that follows computed from it.
    function _falseAnswer(Network memory n, uint256 op, uint256 row) internal returns (Answer memory a) {
        bytes[] memory tensors = _run(n, _input(n, 1));
        _falsify(n, tensors, op + 1, row);
        _resume(n, tensors, op + 1);
        a = _answer(_publishNetwork(n), tensors);
        _note();
    }

    /// @dev A published answer with these tensors, whose roots are theirs. Request and output are their ends.
    function _answer(bytes32 model, bytes[] memory tensors) internal returns (Answer memory) {
        return _answer(model, tensors, _rootsOf(tensors));
    }

    /// @dev A published answer that commits to `roots`, whatever they are.
    function _answer(bytes32 model, bytes[] memory tensors, bytes32[] memory roots) internal returns (Answer memory) {
        return _answer(model, tensors, roots, tensors[0], tensors[tensors.length - 1]);
    }

    /// @dev A published answer whose ends are not those of its tensors.
    function _answer(
        bytes32 model,
        bytes[] memory tensors,
        bytes32[] memory roots,
        bytes memory request,
        bytes memory output
    ) internal returns (Answer memory a) {
        a = Answer({ receipt: _receiptOf(model, roots, request, output), tensors: tensors, roots: roots });
        bool hidden = protocol.models.terms(model).privateInput;
        Leaf memory leaf = _anchorOne(a.receipt);
        vm.prank(stranger);
        attestations.publish(leaf, hidden ? bytes("") : request, hidden ? bytes("") : output);
    }

    function _receiptOf(
        bytes32 model,
        bytes32[] memory roots,
        bytes memory request,
        bytes memory output
    ) internal returns (CredenceReceipt memory receipt) {
        receipt = _receipt(uint256(keccak256(abi.encode("replay", ++_jobs))));
        receipt.modelId = model;
        receipt.coverage = protocol.models.terms(model).minCoverage;
        receipt.inputHash = keccak256(request);
        receipt.outputHash = keccak256(output);
        receipt.traceRoot = keccak256(abi.encode(roots));
    }

    /* PROVING */

    function _trace(Network memory n, Answer memory a) internal pure returns (IReplayGame.Trace memory) {
        return IReplayGame.Trace({ tensors: n.tensors, ops: n.ops, roots: a.roots });
    }

    /// @dev Element `row` that operator `op` wrote, with all that it was computed from.
    function _unit(
        Network memory n,
        Answer memory a,
        uint256 op,
        uint256 row
    ) internal pure returns (IReplayGame.Unit memory u) {
        (u.op, u.row, u.input) = (uint16(op), uint32(row), a.tensors[n.ops[op].input]);
        uint256 leaf = (row * _width(n.tensors[op + 1])) / ReferenceTree.LEAF_BYTES;
        u.outputLeaf = ReferenceTree.leafData(a.tensors[op + 1], leaf);
        u.outputProof = ReferenceTree.proof(ReferenceTree.tensorLeaves(op + 1, a.tensors[op + 1]), leaf);
        if (n.ops[op].code == 1) u.weights = _rowWithProof(n, op, row);
    }

    function _rowWithProof(
        Network memory n,
        uint256 op,
        uint256 row
    ) internal pure returns (UnitMath.Row memory weights) {
        uint256 position = _place(n, op) + row;
        UnitMath.Row memory r = n.rows[position];
        weights = UnitMath.Row({ shift: r.shift, mult: r.mult, bias: r.bias, values: r.values, proof: r.proof });
        weights.proof = ReferenceTree.proof(_weightLeaves(n), position);
    }

    /// @dev Shows a unit as the challenger.
    function _proveUnit(Network memory n, Answer memory a, IReplayGame.Unit memory unit) internal returns (uint256) {
        vm.prank(challenger);
        return game.proveUnit(a.receipt, _trace(n, a), unit);
    }

    function _proveUnit(Network memory n, Answer memory a, uint256 op, uint256 row) internal returns (uint256) {
        return _proveUnit(n, a, _unit(n, a, op, row));
    }

    function _proveRootCount(Network memory n, Answer memory a) internal returns (uint256) {
        vm.prank(challenger);
        return game.proveRootCount(a.receipt, _trace(n, a));
    }

    function _provePadding(
        Network memory n,
        Answer memory a,
        uint16 tensor,
        bytes memory leaf,
        bytes32[] memory proof
    ) internal returns (uint256) {
        vm.prank(challenger);
        return game.provePadding(a.receipt, _trace(n, a), tensor, leaf, proof);
    }

    function _proveMissingLeaf(
        Network memory n,
        Answer memory a,
        uint16 tensor,
        uint32 position,
        bytes32 word,
        bytes32[] memory proof
    ) internal returns (uint256) {
        vm.prank(challenger);
        return game.proveMissingLeaf(a.receipt, _trace(n, a), tensor, position, word, proof);
    }

    /// @dev Shows an end of the trace as the challenger.
    function _proveEnd(
        Network memory n,
        Answer memory a,
        IReplayGame.End end,
        bytes memory shown
    ) internal returns (uint256) {
        vm.prank(challenger);
        return game.proveEnd(a.receipt, _trace(n, a), end, shown);
    }

    /* ASSERTING */

    /// @dev Everybody's gain since `_note` when the challenger has overturned the one answer: of the lock, half is
    /// coverage; of the penalty, half is the prover's.
    function _assertOverturned(Answer memory a) internal view {
        int256 lock = int256(attestations.answer(_id(a.receipt)).locked);
        assertEq(_gain(challenger), lock / 4, "prover");
        assertEq(_gain(RESERVE), lock / 4, "reserve");
        assertEq(_gain(beneficiary), lock / 2, "beneficiary");
        assertEq(_gain(operator), -lock, "operator");
        _assertConserved();
        _assertState(a, IAttestationRegistry.LockState.Seized);
    }

    /// @dev Nobody gained or lost anything since `_note`, and the answer can be contested as before.
    function _assertUntouched(Answer memory a) internal view {
        assertEq(_gain(challenger), 0, "prover");
        assertEq(_gain(RESERVE), 0, "reserve");
        assertEq(_gain(beneficiary), 0, "beneficiary");
        assertEq(_gain(operator), 0, "operator");
        _assertState(a, IAttestationRegistry.LockState.InBucket);
    }

    function _assertState(Answer memory a, IAttestationRegistry.LockState expected) internal view {
        assertEq(uint8(attestations.answer(_id(a.receipt)).state), uint8(expected), "state of the lock");
    }
}
