// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IReplayGame } from "../../../contracts/replay/IReplayGame.sol";
import { UnitMath } from "../../../contracts/replay/UnitMath.sol";
import { Op, Tensor } from "../../../contracts/types/Graph.sol";
import { ReferenceTree } from "../../setup/ReferenceTree.sol";
import { ReplayTest } from "../../setup/ReplayTest.sol";

/// @notice What every proof shows first: the model's graph and the operator's roots; then what the proofs of faults
/// beside arithmetic show.
contract TraceProofsTraceTest is ReplayTest {
    bytes32 private constant WORD = keccak256("a leaf too many");

    /* THE MODEL */

    function test_RevertWhen_ModelIsJudgedAlone() external {
        Network memory n = _floorNetwork();
        Answer memory a = _judgedOver(n);
        _refuseAll(n, a, abi.encodeWithSelector(IReplayGame.NotReplayable.selector, judgedModelId), true);
    }

    /// @dev Without a graph, and with none shown.
    function test_RevertWhen_ModelIsJudgedAloneAndNoGraphIsShown() external {
        Network memory n = _floorNetwork();
        Answer memory a = _judgedOver(n);
        (n.tensors, n.ops) = (new Tensor[](0), new Op[](0));
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.NotReplayable.selector, judgedModelId));
        _proveRootCount(n, a);
    }

    function test_RevertWhen_ModelIsUnknown() external {
        Network memory n = _floorNetwork();
        Answer memory a = _falseAnswer(n, 0, 0);
        a.receipt.modelId = keccak256("no model");
        bytes memory reason = abi.encodeWithSelector(IReplayGame.NotReplayable.selector, keccak256("no model"));
        _refuseAll(n, a, reason, true);
    }

    /* THE GRAPH */

    function test_RevertWhen_GraphIsAnother() external {
        Network memory n = _floorNetwork();
        Answer memory a = _falseAnswer(n, 0, 0);
        bytes32 expected = _specHash(n);
        n.ops[0].lo = -29_999;
        _refuseGraph(n, a, expected);
        n = _floorNetwork();
        n.ops[1].rounding = 1;
        _refuseGraph(n, a, expected);
        n = _floorNetwork();
        n.tensors[0].dtype = 1;
        _refuseGraph(n, a, expected);
        n = _floorNetwork();
        n.tensors[3].length = 2;
        _refuseGraph(n, a, expected);
    }

    /// @dev Another model's graph, whatever its answers.
    function test_RevertWhen_GraphIsOfAnotherModel() external {
        Network memory n = _floorNetwork();
        Answer memory a = _falseAnswer(n, 0, 0);
        Network memory other = _gemmlowpNetwork();
        _publishNetwork(other);
        bytes memory reason = abi.encodeWithSelector(
            IReplayGame.GraphMismatch.selector,
            _specHash(other),
            _specHash(n)
        );
        IReplayGame.Unit memory u = _unit(n, a, 0, 0);
        vm.expectRevert(reason);
        _proveUnit(other, a, u);
        vm.expectRevert(reason);
        _proveRootCount(other, a);
        _assertUntouched(a);
    }

    /* THE ROOTS */

    function test_RevertWhen_RootsAreOthers() external {
        Network memory n = _floorNetwork();
        Answer memory a = _falseAnswer(n, 0, 0);
        for (uint256 i = 0; i < 4; ++i) {
            a.roots = _rootsOf(a.tensors);
            a.roots[i] = ~a.roots[i];
            _refuseRoots(n, a);
        }
        a.roots = new bytes32[](5);
        _refuseRoots(n, a);
        a.roots = new bytes32[](0);
        _refuseRoots(n, a);
    }

    function test_RevertWhen_TheNumberOfRootsIsWrong() external {
        _refuseCount(3);
        _refuseCount(5);
        _refuseCount(0);
    }

    /* PADDING */

    function test_RevertWhen_TensorOfPaddingIsOutOfRange() external {
        (Network memory n, Answer memory a) = _large();
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.TensorOutOfRange.selector, 4, 0, 3));
        _provePadding(n, a, 4, new bytes(1_024), new bytes32[](0));
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.TensorOutOfRange.selector, 65_535, 0, 3));
        _provePadding(n, a, 65_535, new bytes(1_024), new bytes32[](0));
        _assertUntouched(a);
    }

    function test_RevertWhen_LeafOfPaddingHasAnotherLength() external {
        (Network memory n, Answer memory a) = _large();
        uint256[4] memory lengths = [uint256(0), 352, 1_023, 1_025];
        for (uint256 i = 0; i < 4; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IReplayGame.LengthMismatch.selector, lengths[i], 1_024));
            _provePadding(n, a, 1, new bytes(lengths[i]), new bytes32[](2));
        }
        _assertUntouched(a);
    }

    function test_RevertWhen_ProofOfPaddingHasAnotherLength() external {
        (Network memory n, Answer memory a) = _large();
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.ProofLength.selector, 1, 2));
        _provePadding(n, a, 1, new bytes(1_024), new bytes32[](1));
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.ProofLength.selector, 3, 2));
        _provePadding(n, a, 1, new bytes(1_024), new bytes32[](3));
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.ProofLength.selector, 1, 0));
        _provePadding(n, a, 2, new bytes(1_024), new bytes32[](1));
        _assertUntouched(a);
    }

    /// @dev A full leaf before the last one, whose bytes at the place of the padding are elements.
    function test_RevertWhen_LeafOfPaddingIsNotTheLast() external {
        (Network memory n, Answer memory a) = _large();
        bytes32[] memory leaves = ReferenceTree.tensorLeaves(1, a.tensors[1]);
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory leaf = ReferenceTree.leafData(a.tensors[1], i);
            bytes32[] memory proof = ReferenceTree.proof(leaves, i);
            bytes32 root = ReferenceTree.climb(ReferenceTree.tensorLeaf(1, 2, leaf), 2, proof);
            vm.expectRevert(abi.encodeWithSelector(IReplayGame.TensorRootMismatch.selector, 1, root, a.roots[1]));
            _provePadding(n, a, 1, leaf, proof);
        }
        _assertUntouched(a);
    }

    /// @dev Padding of the challenger's own making.
    function test_RevertWhen_LeafOfPaddingIsAnother() external {
        (Network memory n, Answer memory a) = _large();
        bytes memory leaf = ReferenceTree.padded(ReferenceTree.leafData(a.tensors[1], 2));
        leaf[1_023] = 0x01;
        bytes32[] memory proof = ReferenceTree.proof(ReferenceTree.tensorLeaves(1, a.tensors[1]), 2);
        bytes32 root = ReferenceTree.climb(ReferenceTree.tensorLeaf(1, 2, leaf), 2, proof);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.TensorRootMismatch.selector, 1, root, a.roots[1]));
        _provePadding(n, a, 1, leaf, proof);
        _assertUntouched(a);
    }

    /// @dev A tensor that fills its leaves has no padding to be wrong.
    function test_RevertWhen_ThereIsNoPadding() external {
        Network memory n = _largeNetwork();
        (n.tensors[1].length, n.ops[0].rows, n.ops[1].k) = (256, 256, 256);
        for (uint256 i = 0; i < 2; ++i) {
            n.rows[256 + i] = n.rows[300 + i];
            n.rows[256 + i].values = _noise("values", 256);
        }
        n.rows = _firstRows(n, 258);
        Answer memory a = _honestAnswer(n, 1);
        bytes memory leaf = ReferenceTree.leafData(a.tensors[1], 1);
        bytes32[] memory proof = ReferenceTree.proof(ReferenceTree.tensorLeaves(1, a.tensors[1]), 1);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.FaultAbsent.selector, IReplayGame.Fault.Padding));
        _provePadding(n, a, 1, leaf, proof);
        _assertUntouched(a);
    }

    /* MISSING LEAVES */

    function test_RevertWhen_TensorOfMissingLeafIsOutOfRange() external {
        (Network memory n, Answer memory a) = _large();
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.TensorOutOfRange.selector, 4, 0, 3));
        _proveMissingLeaf(n, a, 4, 3, WORD, new bytes32[](2));
        _assertUntouched(a);
    }

    function test_RevertWhen_LeafExists() external {
        (Network memory n, Answer memory a) = _large();
        bytes32[] memory leaves = ReferenceTree.tensorLeaves(1, a.tensors[1]);
        for (uint32 i = 0; i < 3; ++i) {
            bytes32[] memory proof = ReferenceTree.proof(leaves, i);
            vm.expectRevert(abi.encodeWithSelector(IReplayGame.LeafOutOfRange.selector, i, 3, 3));
            _proveMissingLeaf(n, a, 1, i, leaves[i], proof);
        }
        _assertUntouched(a);
    }

    /// @dev Positions behind the tree would wrap to leaves that exist.
    function test_RevertWhen_LeafIsBehindTheTree() external {
        (Network memory n, Answer memory a) = _large();
        bytes32[] memory leaves = ReferenceTree.tensorLeaves(1, a.tensors[1]);
        bytes32[] memory proof = ReferenceTree.proof(leaves, 0);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.LeafOutOfRange.selector, 4, 3, 3));
        _proveMissingLeaf(n, a, 1, 4, leaves[0], proof);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.LeafOutOfRange.selector, type(uint32).max, 3, 3));
        _proveMissingLeaf(n, a, 1, type(uint32).max, leaves[0], proof);
        // A tree of one leaf has no place for another.
        bytes32 root = a.roots[2];
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.LeafOutOfRange.selector, 0, 1, 0));
        _proveMissingLeaf(n, a, 2, 0, root, new bytes32[](0));
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.LeafOutOfRange.selector, 1, 1, 0));
        _proveMissingLeaf(n, a, 2, 1, root, new bytes32[](0));
        _assertUntouched(a);
    }

    function test_RevertWhen_ProofOfMissingLeafHasAnotherLength() external {
        (Network memory n, Answer memory a) = _large();
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.ProofLength.selector, 1, 2));
        _proveMissingLeaf(n, a, 1, 3, WORD, new bytes32[](1));
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.ProofLength.selector, 3, 2));
        _proveMissingLeaf(n, a, 1, 3, WORD, new bytes32[](3));
        _assertUntouched(a);
    }

    function test_RevertWhen_MissingLeafIsMadeUp() external {
        (Network memory n, Answer memory a) = _large();
        bytes32[] memory proof = ReferenceTree.proof(ReferenceTree.tensorLeaves(1, a.tensors[1]), 3);
        bytes32 root = ReferenceTree.climb(WORD, 3, proof);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.TensorRootMismatch.selector, 1, root, a.roots[1]));
        _proveMissingLeaf(n, a, 1, 3, WORD, proof);
        _assertUntouched(a);
    }

    /* ENDS */

    function test_RevertWhen_EndIsNotTheReceipts() external {
        Network memory n = _floorNetwork();
        Answer memory a = _honestAnswer(n, 1);
        bytes[3] memory shown = [bytes(""), hex"00000000", _input(n, 2)];
        for (uint256 i = 0; i < 3; ++i) {
            _refuseEnd(n, a, IReplayGame.End.Request, shown[i], a.receipt.inputHash);
            _refuseEnd(n, a, IReplayGame.End.Output, shown[i], a.receipt.outputHash);
        }
        _refuseEnd(n, a, IReplayGame.End.Output, a.tensors[0], a.receipt.outputHash);
        _refuseEnd(n, a, IReplayGame.End.Request, a.tensors[3], a.receipt.inputHash);
        _refuseEnd(n, a, IReplayGame.End.Output, ReferenceTree.padded(a.tensors[3]), a.receipt.outputHash);
    }

    /* EXPECTING */

    /// @dev All five proofs, with roots and ends that would pass.
    function _refuseAll(Network memory n, Answer memory a, bytes memory reason, bool ends) private {
        IReplayGame.Unit memory u = _unit(_floorNetwork(), a, 0, 0);
        vm.expectRevert(reason);
        _proveUnit(n, a, u);
        vm.expectRevert(reason);
        _provePadding(n, a, 1, new bytes(1_024), new bytes32[](0));
        vm.expectRevert(reason);
        _proveMissingLeaf(n, a, 1, 1, WORD, new bytes32[](0));
        vm.expectRevert(reason);
        _proveEnd(n, a, IReplayGame.End.Request, a.tensors[0]);
        vm.expectRevert(reason);
        _proveEnd(n, a, IReplayGame.End.Output, a.tensors[3]);
        if (!ends) return;
        vm.expectRevert(reason);
        _proveRootCount(n, a);
    }

    function _refuseGraph(Network memory n, Answer memory a, bytes32 expected) private {
        _refuseAll(n, a, abi.encodeWithSelector(IReplayGame.GraphMismatch.selector, _specHash(n), expected), true);
        _assertUntouched(a);
    }

    function _refuseRoots(Network memory n, Answer memory a) private {
        bytes32 actual = keccak256(abi.encode(a.roots));
        _refuseAll(n, a, abi.encodeWithSelector(IReplayGame.TraceMismatch.selector, actual, a.receipt.traceRoot), true);
        _assertUntouched(a);
    }

    /// @dev A fault of its own: all proofs but that of it say so.
    function _refuseCount(uint256 count) private {
        Network memory n = _floorNetwork();
        bytes[] memory tensors = _run(n, _input(n, 1));
        Answer memory a = _answer(_publishNetwork(n), tensors, new bytes32[](count));
        _note();
        _refuseAll(n, a, abi.encodeWithSelector(IReplayGame.RootCountMismatch.selector, count, 4), false);
        _assertUntouched(a);
    }

    function _refuseEnd(
        Network memory n,
        Answer memory a,
        IReplayGame.End end,
        bytes memory shown,
        bytes32 expected
    ) private {
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.EndMismatch.selector, end, keccak256(shown), expected));
        _proveEnd(n, a, end, shown);
        _assertUntouched(a);
    }

    /* MAKING */

    function _specHash(Network memory n) private pure returns (bytes32) {
        return keccak256(abi.encode(uint16(1), n.tensors, n.ops));
    }

    function _large() private returns (Network memory n, Answer memory a) {
        n = _largeNetwork();
        a = _honestAnswer(n, 1);
    }

    function _firstRows(Network memory n, uint256 count) private pure returns (UnitMath.Row[] memory rows) {
        rows = new UnitMath.Row[](count);
        for (uint256 i = 0; i < count; ++i) rows[i] = n.rows[i];
    }

    /// @dev A published answer of a model without ground Replay that commits to a false trace all the same.
    function _judgedOver(Network memory n) private returns (Answer memory a) {
        a.tensors = _run(n, _input(n, 1));
        _falsify(n, a.tensors, 1, 0);
        a.roots = _rootsOf(a.tensors);
        a.receipt = _receiptOf(judgedModelId, a.roots, REQUEST, OUTPUT);
        _publish(_anchorOne(a.receipt));
    }
}
