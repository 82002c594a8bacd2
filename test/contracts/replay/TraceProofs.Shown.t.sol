// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IReplayGame } from "../../../contracts/replay/IReplayGame.sol";
import { UnitMath } from "../../../contracts/replay/UnitMath.sol";
import { ReferenceTree } from "../../setup/ReferenceTree.sol";
import { ReplayTest } from "../../setup/ReplayTest.sol";

/// @notice What is shown of a unit must be the model's and the operator's, to the byte. The answer is false throughout:
/// with everything as it should be the proof would overturn it.
contract TraceProofsShownTest is ReplayTest {
    /// @dev Of the large network: element 200 of tensor 1 stands in leaf 1, at 576.
    uint256 private constant ROW = 200;

    /* OPERATOR AND ROW */

    function test_RevertWhen_OpIsOutOfRange() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false();
        u.op = 3;
        _refuse(n, a, u, abi.encodeWithSelector(IReplayGame.OpOutOfRange.selector, 3, 3));
        u.op = type(uint16).max;
        _refuse(n, a, u, abi.encodeWithSelector(IReplayGame.OpOutOfRange.selector, 65_535, 3));
    }

    function test_RevertWhen_RowIsOutOfRange() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false();
        u.row = 300;
        _refuse(n, a, u, abi.encodeWithSelector(IReplayGame.RowOutOfRange.selector, 300, 300));
        u.row = type(uint32).max;
        _refuse(n, a, u, abi.encodeWithSelector(IReplayGame.RowOutOfRange.selector, type(uint32).max, 300));
        // The rows of each operator are its own.
        (u.op, u.row) = (1, 2);
        _refuse(n, a, u, abi.encodeWithSelector(IReplayGame.RowOutOfRange.selector, 2, 2));
        (u.op, u.row) = (2, 1);
        _refuse(n, a, u, abi.encodeWithSelector(IReplayGame.RowOutOfRange.selector, 1, 1));
    }

    /* THE TENSOR READ */

    function test_RevertWhen_InputHasAnotherLength() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false();
        bytes memory input = u.input;
        u.input = abi.encodePacked(input, hex"00");
        _refuse(n, a, u, _length(5, 4));
        u.input = hex"000000";
        _refuse(n, a, u, _length(3, 4));
        u.input = "";
        _refuse(n, a, u, _length(0, 4));
        u.input = ReferenceTree.padded(input);
        _refuse(n, a, u, _length(1_024, 4));
    }

    function test_RevertWhen_InputIsAnother() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false();
        for (uint256 i = 0; i < 4; ++i) {
            u.input = abi.encodePacked(a.tensors[0]);
            u.input[i] ^= 0x01;
            _refuse(n, a, u, _rootMismatch(0, ReferenceTree.tensorRoot(0, u.input), a.roots[0]));
        }
    }

    /// @dev Bytes that the operator committed to, in another tensor.
    function test_RevertWhen_InputIsOfAnotherTensor() external {
        Network memory n = _gemmlowpNetwork();
        n.tensors[3].length = 7;
        n.ops[2].rows = 7;
        UnitMath.Row[] memory rows = new UnitMath.Row[](14);
        for (uint256 i = 0; i < 14; ++i) rows[i] = n.rows[i < 10 ? i : 9];
        n.rows = rows;
        Answer memory a = _falseAnswer(n, 2, 4);
        IReplayGame.Unit memory u = _unit(n, a, 2, 4);
        u.input = a.tensors[3];
        _refuse(n, a, u, _rootMismatch(1, ReferenceTree.tensorRoot(1, u.input), a.roots[1]));
        u.input = a.tensors[1];
        _proveUnit(n, a, u);
        _assertOverturned(a);
    }

    /* THE ELEMENT WRITTEN */

    function test_RevertWhen_OutputLeafHasAnotherLength() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false();
        u.outputLeaf = new bytes(1_023);
        _refuse(n, a, u, _length(1_023, 1_024));
        u.outputLeaf = new bytes(1_025);
        _refuse(n, a, u, _length(1_025, 1_024));
        u.outputLeaf = a.tensors[1];
        _refuse(n, a, u, _length(2_400, 1_024));
        u.outputLeaf = "";
        _refuse(n, a, u, _length(0, 1_024));
        // The last leaf has the bytes of its elements, without padding.
        u = _unit(n, a, 0, 299);
        u.outputLeaf = ReferenceTree.padded(u.outputLeaf);
        _refuse(n, a, u, _length(1_024, 352));
        u = _unit(n, a, 2, 0);
        u.outputLeaf = hex"0000";
        _refuse(n, a, u, _length(2, 1));
    }

    function test_RevertWhen_OutputLeafIsAnother() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false();
        uint256[3] memory bytesOfLeaf = [uint256(0), 576, 1_023];
        for (uint256 i = 0; i < 3; ++i) {
            u = _unit(n, a, 0, ROW);
            u.outputLeaf[bytesOfLeaf[i]] ^= 0x80;
            bytes32 leaf = ReferenceTree.tensorLeaf(1, 1, u.outputLeaf);
            _refuse(n, a, u, _rootMismatch(1, ReferenceTree.climb(leaf, 1, u.outputProof), a.roots[1]));
        }
    }

    /// @dev The leaf before, with its own proof: it hashes as the leaf that holds the element.
    function test_RevertWhen_OutputLeafIsOfAnotherPosition() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false();
        IReplayGame.Unit memory other = _unit(n, a, 0, 0);
        (u.outputLeaf, u.outputProof) = (other.outputLeaf, other.outputProof);
        bytes32 leaf = ReferenceTree.tensorLeaf(1, 1, u.outputLeaf);
        _refuse(n, a, u, _rootMismatch(1, ReferenceTree.climb(leaf, 1, u.outputProof), a.roots[1]));
    }

    function test_RevertWhen_OutputProofHasAnotherLength() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false();
        u.outputProof = new bytes32[](1);
        _refuse(n, a, u, _proofLength(1, 2));
        u.outputProof = new bytes32[](3);
        _refuse(n, a, u, _proofLength(3, 2));
        u.outputProof = new bytes32[](0);
        _refuse(n, a, u, _proofLength(0, 2));
        u = _unit(n, a, 2, 0);
        u.outputProof = new bytes32[](1);
        _refuse(n, a, u, _proofLength(1, 0));
    }

    function test_RevertWhen_OutputProofIsAnother() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false();
        for (uint256 i = 0; i < 2; ++i) {
            u = _unit(n, a, 0, ROW);
            u.outputProof[i] = ~u.outputProof[i];
            bytes32 leaf = ReferenceTree.tensorLeaf(1, 1, u.outputLeaf);
            _refuse(n, a, u, _rootMismatch(1, ReferenceTree.climb(leaf, 1, u.outputProof), a.roots[1]));
        }
    }

    /* THE ROW OF WEIGHTS */

    function test_RevertWhen_RowHasAnotherLength() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false();
        u.weights.values = hex"01";
        _refuse(n, a, u, _length(1, 2));
        u.weights.values = hex"010203";
        _refuse(n, a, u, _length(3, 2));
        u.weights.values = "";
        _refuse(n, a, u, _length(0, 2));
    }

    function test_RevertWhen_ArgmaxComesWithWeights() external {
        Network memory n = _largeNetwork();
        Answer memory a = _falseAnswer(n, 2, 0);
        IReplayGame.Unit memory u = _unit(n, a, 2, 0);
        u.weights.values = hex"0102";
        _refuse(n, a, u, _length(2, 0));
    }

    function test_RevertWhen_WeightProofHasAnotherLength() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false();
        u.weights.proof = new bytes32[](8);
        _refuse(n, a, u, _proofLength(8, 9));
        u.weights.proof = new bytes32[](10);
        _refuse(n, a, u, _proofLength(10, 9));
        u.weights.proof = new bytes32[](0);
        _refuse(n, a, u, _proofLength(0, 9));
    }

    function test_RevertWhen_WeightProofIsAnother() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false();
        for (uint256 i = 0; i < 9; ++i) {
            u = _unit(n, a, 0, ROW);
            u.weights.proof[i] = ~u.weights.proof[i];
            _refuseRow(n, a, u, ROW);
        }
    }

    function test_RevertWhen_WeightsAreAnother() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false();
        u.weights.shift ^= 1;
        _refuseRow(n, a, u, ROW);
        u.weights.shift ^= 1;
        u.weights.mult ^= 1;
        _refuseRow(n, a, u, ROW);
        u.weights.mult ^= 1;
        u.weights.bias ^= 1;
        _refuseRow(n, a, u, ROW);
        u.weights.bias ^= 1;
        u.weights.values[1] ^= 0x01;
        _refuseRow(n, a, u, ROW);
        u.weights.values[1] ^= 0x01;
        _proveUnit(n, a, u);
        _assertOverturned(a);
    }

    /// @dev With that row's own proof.
    function test_RevertWhen_WeightsAreOfAnotherRow() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false();
        u.weights = _rowWithProof(n, 0, ROW + 1);
        _refuseRow(n, a, u, ROW);
    }

    /// @dev The same bytes as row 4 of operator 2 has stand in operator 0; only its place tells them apart.
    function test_RevertWhen_WeightsAreOfAnotherOperator() external {
        Network memory n = _gemmlowpNetwork();
        n.tensors[0].length = 7;
        n.ops[0].k = 7;
        for (uint256 i = 0; i < 7; ++i) n.rows[i].values = _noise(bytes32(i), 7);
        Answer memory a = _falseAnswer(n, 2, 1);
        IReplayGame.Unit memory u = _unit(n, a, 2, 1);
        u.weights = _rowWithProof(n, 0, 1);
        _refuseRow(n, a, u, 8);
    }

    function test_RevertWhen_WeightsAreOfAnotherModel() external {
        (Network memory n, Answer memory a, IReplayGame.Unit memory u) = _false();
        Network memory other = _largeNetwork();
        other.rows[ROW].values = hex"7f7f";
        _publishNetwork(other);
        u.weights = _rowWithProof(other, 0, ROW);
        _refuseRow(n, a, u, ROW);
    }

    /* EXPECTING */

    /// @dev The row leads to another root than the model's.
    function _refuseRow(Network memory n, Answer memory a, IReplayGame.Unit memory u, uint256 position) private {
        bytes32 leaf = ReferenceTree.weightLeaf(u.op, u.row, u.weights);
        bytes32 actual = ReferenceTree.climb(leaf, position, u.weights.proof);
        (, bytes32 expected, ) = protocol.models.replayOf(a.receipt.modelId);
        _refuse(n, a, u, abi.encodeWithSelector(IReplayGame.WeightsMismatch.selector, actual, expected));
    }

    function _refuse(Network memory n, Answer memory a, IReplayGame.Unit memory u, bytes memory reason) private {
        vm.expectRevert(reason);
        _proveUnit(n, a, u);
        _assertUntouched(a);
    }

    function _length(uint256 actual, uint256 expected) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IReplayGame.LengthMismatch.selector, actual, expected);
    }

    function _proofLength(uint256 actual, uint256 expected) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IReplayGame.ProofLength.selector, actual, expected);
    }

    function _rootMismatch(uint256 tensor, bytes32 actual, bytes32 expected) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IReplayGame.TensorRootMismatch.selector, tensor, actual, expected);
    }

    function _false() private returns (Network memory n, Answer memory a, IReplayGame.Unit memory u) {
        n = _largeNetwork();
        a = _falseAnswer(n, 0, ROW);
        u = _unit(n, a, 0, ROW);
    }
}
