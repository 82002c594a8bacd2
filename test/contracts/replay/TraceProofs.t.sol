// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { IDisputeManager } from "../../../contracts/disputes/IDisputeManager.sol";
import { IReplayGame } from "../../../contracts/replay/IReplayGame.sol";
import { ISlashingRegistry } from "../../../contracts/slashing/ISlashingRegistry.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { ReferenceTree } from "../../setup/ReferenceTree.sol";
import { ReplayTest } from "../../setup/ReplayTest.sol";

/// @notice Each proof overturns once, pays exactly, and shows nothing wrong where nothing is.
contract TraceProofsTest is ReplayTest {
    /// @dev Of the large network: the leaf behind its three.
    bytes32 private constant WORD = keccak256("a leaf too many");

    /* A UNIT */

    function test_Unit() external {
        Network memory n = _floorNetwork();
        Answer memory a = _falseAnswer(n, 0, 2);
        int256 claimed = _get(n, a.tensors, 1, 2);
        vm.expectEmit(address(game));
        emit IReplayGame.UnitDisproven(_id(a.receipt), challenger, 0, 2, claimed, claimed ^ 1);
        _expectOverturned(a);
        assertEq(_proveUnit(n, a, 0, 2), 20e18);
        _assertOverturned(a);
        _assertFault(a);
    }

    function test_UnitOfArgmax() external {
        Network memory n = _floorNetwork();
        Answer memory a = _falseAnswer(n, 2, 0);
        int256 claimed = _get(n, a.tensors, 3, 0);
        vm.expectEmit(address(game));
        emit IReplayGame.UnitDisproven(_id(a.receipt), challenger, 2, 0, claimed, claimed ^ 1);
        assertEq(_proveUnit(n, a, 2, 0), 20e18);
        _assertOverturned(a);
    }

    /// @dev By whoever sends it, the operator itself included: the reserve's part is lost in any case.
    function test_UnitByTheOperator() external {
        Network memory n = _floorNetwork();
        Answer memory a = _falseAnswer(n, 1, 0);
        vm.prank(operator);
        assertEq(game.proveUnit(a.receipt, _trace(n, a), _unit(n, a, 1, 0)), 20e18);
        assertEq(_gain(operator), -15 * E);
        assertEq(_gain(RESERVE), 5 * E);
        assertEq(_gain(beneficiary), 10 * E);
        _assertConserved();
    }

    function test_RevertWhen_UnitIsCopied() external {
        Network memory n = _floorNetwork();
        Answer memory a = _falseAnswer(n, 0, 2);
        _proveUnit(n, a, 0, 2);
        _assertOverturned(a);
        IReplayGame.Unit memory unit = _unit(n, a, 0, 2);
        _expectSeized(a);
        vm.prank(rival);
        game.proveUnit(a.receipt, _trace(n, a), unit);
        _expectSeized(a);
        _proveUnit(n, a, unit);
        assertEq(_gain(rival), 0);
        _assertOverturned(a);
    }

    function testFuzz_RevertWhen_UnitHolds(uint256 seed, uint256 kind, uint256 op, uint256 row) external {
        Network memory n = _network(kind);
        Answer memory a = _honestAnswer(n, seed);
        op = bound(op, 0, n.ops.length - 1);
        row = bound(row, 0, n.ops[op].rows - 1);
        int256 value = _get(n, a.tensors, op + 1, row);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.UnitHolds.selector, op, row, value));
        _proveUnit(n, a, op, row);
        _assertUntouched(a);
    }

    /* THE NUMBER OF ROOTS */

    function test_TooFewRoots() external {
        _assertRootCount(3);
    }

    function test_TooManyRoots() external {
        _assertRootCount(5);
    }

    function test_NoRoots() external {
        _assertRootCount(0);
    }

    function test_RevertWhen_RootCountIsRight() external {
        Network memory n = _floorNetwork();
        Answer memory a = _honestAnswer(n, 1);
        _expectAbsent(IReplayGame.Fault.RootCount);
        _proveRootCount(n, a);
        _assertUntouched(a);
    }

    function test_RevertWhen_RootCountIsCopied() external {
        (Network memory n, Answer memory a) = _miscounted(5);
        _proveRootCount(n, a);
        _expectSeized(a);
        _proveRootCount(n, a);
        _assertOverturned(a);
    }

    /* PADDING */

    /// @dev The byte behind the last element, and the last byte of the leaf.
    function test_Padding() external {
        _assertPadding(352);
        _assertPadding(1_023);
    }

    function test_PaddingOfTheOnlyLeaf() external {
        Network memory n = _floorNetwork();
        bytes[] memory tensors = _run(n, _input(n, 1));
        bytes memory leaf = ReferenceTree.padded(tensors[2]);
        leaf[3] = 0x80;
        bytes32[] memory roots = _rootsOf(tensors);
        roots[2] = ReferenceTree.tensorLeaf(2, 0, leaf);
        Answer memory a = _answer(_publishNetwork(n), tensors, roots);
        _note();
        _expectFault(a, IReplayGame.Fault.Padding);
        assertEq(_provePadding(n, a, 2, leaf, new bytes32[](0)), 20e18);
        _assertOverturned(a);
    }

    function test_RevertWhen_PaddingIsZero() external {
        Network memory n = _largeNetwork();
        Answer memory a = _honestAnswer(n, 1);
        bytes memory leaf = ReferenceTree.padded(ReferenceTree.leafData(a.tensors[1], 2));
        bytes32[] memory proof = ReferenceTree.proof(ReferenceTree.tensorLeaves(1, a.tensors[1]), 2);
        _expectAbsent(IReplayGame.Fault.Padding);
        _provePadding(n, a, 1, leaf, proof);
        _assertUntouched(a);
    }

    function test_RevertWhen_PaddingIsCopied() external {
        (Network memory n, Answer memory a, bytes memory leaf, bytes32[] memory proof) = _padded(1_000);
        _provePadding(n, a, 1, leaf, proof);
        _expectSeized(a);
        _provePadding(n, a, 1, leaf, proof);
        _assertOverturned(a);
    }

    /* MISSING LEAVES */

    function test_MissingLeaf() external {
        (Network memory n, Answer memory a, bytes32[] memory proof) = _overfull();
        _expectFault(a, IReplayGame.Fault.MissingLeaf);
        _expectOverturned(a);
        assertEq(_proveMissingLeaf(n, a, 1, 3, WORD, proof), 20e18);
        _assertOverturned(a);
        _assertFault(a);
    }

    function test_RevertWhen_MissingLeafIsZero() external {
        Network memory n = _largeNetwork();
        Answer memory a = _honestAnswer(n, 1);
        bytes32[] memory proof = ReferenceTree.proof(ReferenceTree.tensorLeaves(1, a.tensors[1]), 3);
        _expectAbsent(IReplayGame.Fault.MissingLeaf);
        _proveMissingLeaf(n, a, 1, 3, 0, proof);
        _assertUntouched(a);
    }

    function test_RevertWhen_MissingLeafIsCopied() external {
        (Network memory n, Answer memory a, bytes32[] memory proof) = _overfull();
        _proveMissingLeaf(n, a, 1, 3, WORD, proof);
        _expectSeized(a);
        _proveMissingLeaf(n, a, 1, 3, WORD, proof);
        _assertOverturned(a);
    }

    /* ENDS */

    function test_RequestIsAnother() external {
        Network memory n = _floorNetwork();
        bytes[] memory tensors = _run(n, _input(n, 1));
        bytes memory request = _input(n, 2);
        Answer memory a = _answer(_publishNetwork(n), tensors, _rootsOf(tensors), request, tensors[3]);
        _assertEnd(n, a, IReplayGame.End.Request, request);
    }

    function test_OutputIsAnother() external {
        Network memory n = _floorNetwork();
        bytes[] memory tensors = _run(n, _input(n, 1));
        bytes memory output = hex"7f";
        Answer memory a = _answer(_publishNetwork(n), tensors, _rootsOf(tensors), tensors[0], output);
        _assertEnd(n, a, IReplayGame.End.Output, output);
    }

    function test_RequestsOfAnotherLength() external {
        _assertEndOfLength(IReplayGame.End.Request, 0);
        _assertEndOfLength(IReplayGame.End.Request, 3);
        _assertEndOfLength(IReplayGame.End.Request, 5);
    }

    function test_OutputsOfAnotherLength() external {
        _assertEndOfLength(IReplayGame.End.Output, 0);
        _assertEndOfLength(IReplayGame.End.Output, 2);
        _assertEndOfLength(IReplayGame.End.Output, 1_024);
    }

    /// @dev Roots do not matter where the length is wrong: nothing that stands there could be right.
    function test_EndOfAnotherLengthWhateverTheRoots() external {
        Network memory n = _floorNetwork();
        bytes[] memory tensors = _run(n, _input(n, 1));
        bytes memory output = hex"0001";
        Answer memory a = _answer(_publishNetwork(n), tensors, new bytes32[](9), tensors[0], output);
        a.roots = new bytes32[](2);
        _assertEnd(n, a, IReplayGame.End.Output, output);
    }

    function test_RevertWhen_EndsAreRight() external {
        for (uint256 kind = 0; kind < 3; ++kind) {
            Network memory n = _network(kind);
            Answer memory a = _honestAnswer(n, kind);
            _expectAbsent(IReplayGame.Fault.Request);
            _proveEnd(n, a, IReplayGame.End.Request, a.tensors[0]);
            _expectAbsent(IReplayGame.Fault.Output);
            _proveEnd(n, a, IReplayGame.End.Output, a.tensors[3]);
            _assertUntouched(a);
        }
    }

    function test_RevertWhen_EndIsCopied() external {
        Network memory n = _floorNetwork();
        bytes[] memory tensors = _run(n, _input(n, 1));
        Answer memory a = _answer(_publishNetwork(n), tensors, _rootsOf(tensors), tensors[0], hex"7f");
        _note();
        _proveEnd(n, a, IReplayGame.End.Output, hex"7f");
        _expectSeized(a);
        _proveEnd(n, a, IReplayGame.End.Output, hex"7f");
        _assertOverturned(a);
    }

    /* SUCCESSES */

    function _assertRootCount(uint256 count) private {
        (Network memory n, Answer memory a) = _miscounted(count);
        _expectFault(a, IReplayGame.Fault.RootCount);
        _expectOverturned(a);
        assertEq(_proveRootCount(n, a), 20e18);
        _assertOverturned(a);
        _assertFault(a);
    }

    /// @dev One byte behind the last element of the large network's tensor 1 is not zero.
    function _assertPadding(uint256 position) private {
        uint256 snapshot = vm.snapshotState();
        (Network memory n, Answer memory a, bytes memory leaf, bytes32[] memory proof) = _padded(position);
        _expectFault(a, IReplayGame.Fault.Padding);
        _expectOverturned(a);
        assertEq(_provePadding(n, a, 1, leaf, proof), 20e18);
        _assertOverturned(a);
        _assertFault(a);
        vm.revertToState(snapshot);
    }

    /// @dev The right bytes, cut short or with zeros behind them.
    function _assertEndOfLength(IReplayGame.End end, uint256 length) private {
        uint256 snapshot = vm.snapshotState();
        Network memory n = _floorNetwork();
        bytes[] memory tensors = _run(n, _input(n, 1));
        bool request = end == IReplayGame.End.Request;
        bytes memory right = tensors[request ? 0 : 3];
        bytes memory shown = new bytes(length);
        for (uint256 i = 0; i < length && i < right.length; ++i) shown[i] = right[i];
        Answer memory a = _answer(
            _publishNetwork(n),
            tensors,
            _rootsOf(tensors),
            request ? shown : tensors[0],
            request ? tensors[3] : shown
        );
        _assertEnd(n, a, end, shown);
        vm.revertToState(snapshot);
    }

    function _assertEnd(Network memory n, Answer memory a, IReplayGame.End end, bytes memory shown) private {
        _note();
        bool request = end == IReplayGame.End.Request;
        _expectFault(a, request ? IReplayGame.Fault.Request : IReplayGame.Fault.Output);
        _expectOverturned(a);
        assertEq(_proveEnd(n, a, end, shown), 20e18);
        _assertOverturned(a);
        _assertFault(a);
    }

    /// @dev The record says so, and the operator is jailed.
    function _assertFault(Answer memory a) private view {
        ISlashingRegistry slashing = protocol.slashing;
        bytes32 id = _id(a.receipt);
        assertTrue(slashing.isSlashed(slashing.offenceIdOf(ISlashingRegistry.Offence.FalseAnswer, id)));
        assertEq(protocol.operators.operator(operator).jailedFrom, block.timestamp);
        _assertStatus(a.receipt, AnswerStatus.Overturned);
    }

    /* EXPECTING */

    function _expectOverturned(Answer memory a) private {
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.AnswerOverturned(
            _id(a.receipt),
            operator,
            challenger,
            ISlashingRegistry.Offence.FalseAnswer,
            20e18,
            5e18
        );
    }

    function _expectFault(Answer memory a, IReplayGame.Fault fault) private {
        vm.expectEmit(address(game));
        emit IReplayGame.TraceDisproven(_id(a.receipt), challenger, fault);
    }

    function _expectAbsent(IReplayGame.Fault fault) private {
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.FaultAbsent.selector, fault));
    }

    function _expectSeized(Answer memory a) private {
        IAttestationRegistry.LockState seized = IAttestationRegistry.LockState.Seized;
        IAttestationRegistry.LockState inBucket = IAttestationRegistry.LockState.InBucket;
        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.LockInState.selector, _id(a.receipt), seized, inBucket)
        );
    }

    /* MAKING */

    function _miscounted(uint256 count) private returns (Network memory n, Answer memory a) {
        n = _floorNetwork();
        bytes[] memory tensors = _run(n, _input(n, 1));
        bytes32[] memory roots = new bytes32[](count);
        for (uint256 i = 0; i < count && i < 4; ++i) roots[i] = _rootsOf(tensors)[i];
        a = _answer(_publishNetwork(n), tensors, roots);
        _note();
    }

    function _padded(
        uint256 position
    ) private returns (Network memory n, Answer memory a, bytes memory leaf, bytes32[] memory proof) {
        n = _largeNetwork();
        bytes[] memory tensors = _run(n, _input(n, 1));
        leaf = ReferenceTree.padded(ReferenceTree.leafData(tensors[1], 2));
        leaf[position] = 0x01;
        bytes32[] memory leaves = ReferenceTree.tensorLeaves(1, tensors[1]);
        leaves[2] = ReferenceTree.tensorLeaf(1, 2, leaf);
        proof = ReferenceTree.proof(leaves, 2);
        bytes32[] memory roots = _rootsOf(tensors);
        roots[1] = ReferenceTree.root(leaves);
        a = _answer(_publishNetwork(n), tensors, roots);
        _note();
    }

    /// @dev Tensor 1 has a leaf where it has none.
    function _overfull() private returns (Network memory n, Answer memory a, bytes32[] memory proof) {
        n = _largeNetwork();
        bytes[] memory tensors = _run(n, _input(n, 1));
        bytes32[] memory leaves = ReferenceTree.full(ReferenceTree.tensorLeaves(1, tensors[1]));
        leaves[3] = WORD;
        proof = ReferenceTree.proof(leaves, 3);
        bytes32[] memory roots = _rootsOf(tensors);
        roots[1] = ReferenceTree.root(leaves);
        a = _answer(_publishNetwork(n), tensors, roots);
        _note();
    }
}
