// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IReplayGame } from "../../../contracts/replay/IReplayGame.sol";
import { ReferenceMath } from "../../setup/ReferenceMath.sol";
import { ReferenceTree } from "../../setup/ReferenceTree.sol";
import { ReplayTest } from "../../setup/ReplayTest.sol";

/// @notice What operators and challengers may try: a false answer has a proof against it, a right one has none.
contract TraceProofsAttacksTest is ReplayTest {
    /* FALSE ANSWERS */

    /// @dev One element wrong in each layer, first, middle and last, and all that follows computed from it, so that it
    /// is the only contradiction.
    function test_OneElementWrongInEachLayer() external {
        for (uint256 kind = 0; kind < 3; ++kind) {
            Network memory n = _network(kind);
            for (uint256 op = 0; op < n.ops.length; ++op) {
                uint256 rows = n.ops[op].rows;
                _assertCaught(n, op, 0, 1);
                if (rows > 2) _assertCaught(n, op, rows / 2, 1);
                if (rows > 1) _assertCaught(n, op, rows - 1, 1);
            }
        }
    }

    /// @dev Around the borders of leaves: 128 elements of 8 bytes each.
    function test_OneElementWrongAtTheBordersOfLeaves() external {
        Network memory n = _largeNetwork();
        uint256[4] memory rows = [uint256(127), 128, 255, 256];
        for (uint256 i = 0; i < 4; ++i) _assertCaught(n, 0, rows[i], 1);
    }

    /// @dev By one, by its highest bit, by all bits.
    function test_AnyWrongValue() external {
        Network memory n = _largeNetwork();
        _assertCaught(n, 0, 17, 1);
        _assertCaught(n, 0, 17, int256(1) << 62);
        _assertCaught(n, 0, 17, -1);
        _assertCaught(n, 1, 1, 1 << 30);
        _assertCaught(n, 1, 1, -1);
    }

    /// @dev One byte of an honest trace, anywhere; what follows is as it was.
    function testFuzz_OneByteWrong(uint256 seed, uint256 kind, uint256 tensor, uint256 i, uint8 bits) external {
        vm.assume(bits != 0);
        Network memory n = _network(kind);
        bytes[] memory tensors = _run(n, _input(n, seed));
        tensor = bound(tensor, 0, 3);
        bytes memory right = abi.encodePacked(tensors[tensor]);
        i = bound(i, 0, right.length - 1);
        tensors[tensor] = abi.encodePacked(right);
        tensors[tensor][i] ^= bytes1(bits);
        bytes memory request = tensor == 0 ? right : tensors[0];
        Answer memory a = _answer(_publishNetwork(n), tensors, _rootsOf(tensors), request, tensors[3]);
        _note();
        if (tensor == 0) _proveEnd(n, a, IReplayGame.End.Request, request);
        else _proveUnit(n, a, tensor - 1, i / _width(n.tensors[tensor]));
        _assertOverturned(a);
    }

    /// @dev Elements that are what the operator's own wrong input makes them hold: the liar is caught where it lied.
    function test_TheLieIsWhereItWasTold() external {
        Network memory n = _floorNetwork();
        Answer memory a = _falseAnswer(n, 0, 3);
        for (uint256 row = 0; row < 5; ++row) if (row != 3) _assertHolds(n, a, 0, row);
        for (uint256 row = 0; row < 3; ++row) _assertHolds(n, a, 1, row);
        _assertHolds(n, a, 2, 0);
        _proveUnit(n, a, 0, 3);
        _assertOverturned(a);
    }

    /// @dev The network run honestly on another input: arithmetic finds nothing, the request does.
    function test_AnotherInputRunHonestly() external {
        for (uint256 kind = 0; kind < 3; ++kind) {
            uint256 snapshot = vm.snapshotState();
            Network memory n = _network(kind);
            bytes[] memory tensors = _run(n, _input(n, 1));
            bytes memory request = _input(n, 2);
            Answer memory a = _answer(_publishNetwork(n), tensors, _rootsOf(tensors), request, tensors[3]);
            _note();
            for (uint256 op = 0; op < 3; ++op) _assertHolds(n, a, op, 0);
            _proveEnd(n, a, IReplayGame.End.Request, request);
            _assertOverturned(a);
            vm.revertToState(snapshot);
        }
    }

    /// @dev An honest trace under another output.
    function test_AnotherOutputOverAnHonestTrace() external {
        Network memory n = _gemmlowpNetwork();
        bytes[] memory tensors = _run(n, _input(n, 1));
        bytes memory output = abi.encodePacked(tensors[3]);
        output[2] ^= 0x01;
        Answer memory a = _answer(_publishNetwork(n), tensors, _rootsOf(tensors), tensors[0], output);
        _note();
        for (uint256 op = 0; op < 3; ++op) _assertHolds(n, a, op, 0);
        _proveEnd(n, a, IReplayGame.End.Output, output);
        _assertOverturned(a);
    }

    /// @dev Computed with other weights than the model's: the registered row decides.
    function test_WeightsOfAnotherModel() external {
        Network memory n = _floorNetwork();
        Network memory other = _floorNetwork();
        other.rows[6].values[0] ^= 0x40;
        bytes[] memory tensors = _run(other, _input(n, 1));
        assertNotEq(keccak256(tensors[2]), keccak256(_run(n, _input(n, 1))[2]), "the weight matters");
        _publishNetwork(other);
        Answer memory a = _answer(_publishNetwork(n), tensors);
        _note();
        _assertHolds(n, a, 1, 0);
        _proveUnit(n, a, 1, 1);
        _assertOverturned(a);
    }

    /// @dev Tensors of one answer under the numbers of others: their leaves carry the number.
    function test_RootsInAnotherOrder() external {
        Network memory n = _floorNetwork();
        bytes[] memory tensors = _run(n, _input(n, 1));
        bytes32[] memory roots = _rootsOf(tensors);
        (roots[1], roots[3]) = (roots[3], roots[1]);
        Answer memory a = _answer(_publishNetwork(n), tensors, roots);
        _note();
        _proveEnd(n, a, IReplayGame.End.Output, tensors[3]);
        _assertOverturned(a);
    }

    /* RIGHT ANSWERS */

    /// @dev Every operator, every row, every proof.
    function test_RightAnswersHoldEverywhere() external {
        for (uint256 kind = 0; kind < 2; ++kind) {
            Network memory n = _network(kind);
            Answer memory a = _honestAnswer(n, 3);
            for (uint256 op = 0; op < n.ops.length; ++op) {
                for (uint256 row = 0; row < n.ops[op].rows; ++row) _assertHolds(n, a, op, row);
            }
            _assertFaultless(n, a);
        }
    }

    function test_RightAnswersHoldInEveryLeaf() external {
        Network memory n = _largeNetwork();
        Answer memory a = _honestAnswer(n, 3);
        uint16[9] memory rows = [0, 1, 127, 128, 129, 255, 256, 257, 299];
        for (uint256 i = 0; i < 9; ++i) _assertHolds(n, a, 0, rows[i]);
        for (uint256 row = 0; row < 2; ++row) _assertHolds(n, a, 1, row);
        _assertHolds(n, a, 2, 0);
        _assertFaultless(n, a);
    }

    /// @dev Values at the ends of their types, where bounds cut.
    function test_RightAnswersAtTheBounds() external {
        Network memory n = _gemmlowpNetwork();
        (n.ops[0].lo, n.ops[0].hi) = (-3, 2);
        for (uint256 i = 7; i < 10; ++i) n.rows[i].shift = -128;
        Answer memory a = _honestAnswer(n, 5);
        int256[] memory last = ReferenceMath.decode(a.tensors[3], 1);
        for (uint256 i = 0; i < 3; ++i) assertTrue(last[i] == -100 || last[i] == 100, "at a bound");
        for (uint256 row = 0; row < 7; ++row) _assertHolds(n, a, 0, row);
        for (uint256 row = 0; row < 3; ++row) _assertHolds(n, a, 2, row);
    }

    /// @dev A bound overstepped by an operator that did not cut.
    function test_BoundsOverstepped() external {
        Network memory n = _gemmlowpNetwork();
        (n.ops[0].lo, n.ops[0].hi) = (-3, 2);
        bytes[] memory tensors = _run(n, _input(n, 1));
        uint256 row = 0;
        while (_get(n, tensors, 1, row) != 2) ++row;
        _set(n, tensors, 1, row, 3);
        _resume(n, tensors, 1);
        Answer memory a = _answer(_publishNetwork(n), tensors);
        _note();
        _proveUnit(n, a, 0, row);
        _assertOverturned(a);
    }

    /* ASSERTING */

    /// @dev An answer with this one element wrong is overturned by it, and the prover is paid.
    function _assertCaught(Network memory n, uint256 op, uint256 row, int256 bits) private {
        uint256 snapshot = vm.snapshotState();
        bytes[] memory tensors = _run(n, _input(n, 1));
        _set(n, tensors, op + 1, row, _get(n, tensors, op + 1, row) ^ bits);
        _resume(n, tensors, op + 1);
        Answer memory a = _answer(_publishNetwork(n), tensors);
        _note();
        assertEq(_proveUnit(n, a, op, row), 20e18);
        _assertOverturned(a);
        vm.revertToState(snapshot);
    }

    function _assertHolds(Network memory n, Answer memory a, uint256 op, uint256 row) private {
        int256 value = _get(n, a.tensors, op + 1, row);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.UnitHolds.selector, op, row, value));
        _proveUnit(n, a, op, row);
        _assertUntouched(a);
    }

    /// @dev None of the proofs beside arithmetic finds anything, in any tensor.
    function _assertFaultless(Network memory n, Answer memory a) private {
        _expectAbsent(IReplayGame.Fault.RootCount);
        _proveRootCount(n, a);
        _expectAbsent(IReplayGame.Fault.Request);
        _proveEnd(n, a, IReplayGame.End.Request, a.tensors[0]);
        _expectAbsent(IReplayGame.Fault.Output);
        _proveEnd(n, a, IReplayGame.End.Output, a.tensors[3]);
        for (uint16 tensor = 0; tensor < 4; ++tensor) {
            bytes32[] memory leaves = ReferenceTree.tensorLeaves(tensor, a.tensors[tensor]);
            uint256 last = leaves.length - 1;
            bytes memory leaf = ReferenceTree.padded(ReferenceTree.leafData(a.tensors[tensor], last));
            bytes32[] memory proof = ReferenceTree.proof(leaves, last);
            _expectAbsent(IReplayGame.Fault.Padding);
            _provePadding(n, a, tensor, leaf, proof);
            if (last + 1 == ReferenceTree.full(leaves).length) continue;
            proof = ReferenceTree.proof(leaves, last + 1);
            _expectAbsent(IReplayGame.Fault.MissingLeaf);
            _proveMissingLeaf(n, a, tensor, uint32(last + 1), 0, proof);
        }
        _assertUntouched(a);
    }

    function _expectAbsent(IReplayGame.Fault fault) private {
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.FaultAbsent.selector, fault));
    }
}
