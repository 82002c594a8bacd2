// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Test } from "forge-std/Test.sol";

import { UnitMath } from "../../../contracts/replay/UnitMath.sol";
import { ExposedTraceTree } from "../../mocks/ExposedTraceTree.sol";
import { ReferenceTree } from "../../setup/ReferenceTree.sol";

/// @notice Hashes against trees that are written out in full, and against the numbers of docs/protocol/inference.md.
contract TraceTreeTest is Test {
    ExposedTraceTree private tree;

    function setUp() external {
        tree = new ExposedTraceTree();
    }

    /* SIZES */

    function test_LeavesOfATensor() external view {
        assertEq(tree.leavesOf(1), 1);
        assertEq(tree.leavesOf(1_024), 1);
        assertEq(tree.leavesOf(1_025), 2);
        assertEq(tree.leavesOf(2_048), 2);
        // 2^32 - 1 elements of 8 bytes.
        assertEq(tree.leavesOf(34_359_738_360), 33_554_432);
    }

    function test_DepthOfATree() external view {
        uint8[10] memory leaves = [1, 2, 3, 4, 5, 8, 9, 16, 17, 33];
        uint8[10] memory depths = [0, 1, 2, 2, 3, 3, 4, 4, 5, 6];
        for (uint256 i = 0; i < 10; ++i) assertEq(tree.depthOf(leaves[i]), depths[i]);
        assertEq(tree.depthOf(33_554_432), 25);
    }

    /* LEAVES */

    function testFuzz_TensorLeaf(uint16 tensor, uint32 leaf, bytes32 seed, uint256 length) external view {
        bytes memory data = _noise(seed, bound(length, 0, 1_024));
        bytes32 expected = ReferenceTree.tensorLeaf(tensor, leaf, ReferenceTree.padded(data));
        assertEq(tree.tensorLeaf(tensor, leaf, data), expected);
        assertEq(tree.tensorLeaf(tensor, leaf, ReferenceTree.padded(data)), expected, "padded by the caller");
    }

    /// @dev Padding is zeros whatever memory held there, and for every length around a word's.
    function test_TensorLeafInDirtyMemory() external view {
        for (uint256 length = 0; length <= 1_024; length += length < 80 ? 1 : 59) {
            bytes memory data = _noise("dirty", length);
            bytes32 expected = ReferenceTree.tensorLeaf(7, 9, ReferenceTree.padded(data));
            assertEq(tree.tensorLeafInDirtyMemory(7, 9, data), expected);
        }
        bytes memory full = _noise("full", 1_024);
        assertEq(tree.tensorLeafInDirtyMemory(65_535, type(uint32).max, full), _leaf(65_535, type(uint32).max, full));
    }

    /// @dev Every byte of a leaf counts, and so do its tensor and its number.
    function test_TensorLeavesDiffer() external view {
        bytes memory data = new bytes(1_024);
        bytes32 zeros = tree.tensorLeaf(1, 1, data);
        assertNotEq(tree.tensorLeaf(0, 1, data), zeros);
        assertNotEq(tree.tensorLeaf(257, 1, data), zeros);
        assertNotEq(tree.tensorLeaf(1, 0, data), zeros);
        assertNotEq(tree.tensorLeaf(1, 65_537, data), zeros);
        data[1_023] = 0x01;
        assertNotEq(tree.tensorLeaf(1, 1, data), zeros);
        data[1_023] = 0x00;
        assertEq(tree.tensorLeaf(1, 1, data), zeros);
    }

    function testFuzz_WeightLeaf(uint16 op, uint32 row, UnitMath.Row memory r) external view {
        assertEq(tree.weightLeaf(op, row, r), ReferenceTree.weightLeaf(op, row, r));
    }

    function testFuzz_WeightLeavesDiffer(uint16 op, uint32 row, UnitMath.Row memory r) external view {
        bytes32 leaf = tree.weightLeaf(op, row, r);
        assertNotEq(tree.weightLeaf(op ^ 1, row, r), leaf);
        assertNotEq(tree.weightLeaf(op, row ^ 1, r), leaf);
        r.shift ^= 1;
        assertNotEq(tree.weightLeaf(op, row, r), leaf);
        r.shift ^= 1;
        r.mult ^= 1;
        assertNotEq(tree.weightLeaf(op, row, r), leaf);
        r.mult ^= 1;
        r.bias ^= 1;
        assertNotEq(tree.weightLeaf(op, row, r), leaf);
        r.bias ^= 1;
        assertEq(tree.weightLeaf(op, row, r), leaf);
        r.values = abi.encodePacked(r.values, hex"00");
        assertNotEq(tree.weightLeaf(op, row, r), leaf);
    }

    /* TREES */

    function test_RootAndProofsOfEveryCount() external view {
        for (uint256 count = 1; count <= 33; ++count) {
            bytes32[] memory leaves = _leaves(count);
            bytes32 root = ReferenceTree.root(leaves);
            assertEq(tree.fold(leaves), root);
            for (uint256 i = 0; i < count; ++i) {
                assertEq(tree.rootOf(leaves[i], i, ReferenceTree.proof(leaves, i)), root);
            }
        }
    }

    /// @dev Missing leaves are zero words with proofs of their own.
    function test_ProofsOfMissingLeaves() external view {
        for (uint256 count = 3; count <= 33; count += 5) {
            bytes32[] memory leaves = _leaves(count);
            for (uint256 i = count; i < 1 << tree.depthOf(count); ++i) {
                assertEq(tree.rootOf(0, i, ReferenceTree.proof(leaves, i)), ReferenceTree.root(leaves));
            }
        }
    }

    /// @dev At any other place, and with any other leaf, a proof leads elsewhere.
    function testFuzz_ProofsHoldForOnePlace(uint256 count, uint256 index, uint256 elsewhere) external view {
        count = bound(count, 2, 33);
        uint256 places = 1 << tree.depthOf(count);
        index = bound(index, 0, count - 1);
        elsewhere = bound(elsewhere, 0, places - 1);
        vm.assume(elsewhere != index);
        bytes32[] memory leaves = _leaves(count);
        bytes32[] memory proof = ReferenceTree.proof(leaves, index);
        assertNotEq(tree.rootOf(leaves[index], elsewhere, proof), ReferenceTree.root(leaves));
        assertNotEq(tree.rootOf(leaves[index] ^ bytes32(uint256(1)), index, proof), ReferenceTree.root(leaves));
    }

    /// @dev Bits of the position above the depth say nothing; callers compare it with the number of leaves.
    function test_PositionsBeyondTheTree() external view {
        bytes32[] memory leaves = _leaves(4);
        bytes32[] memory proof = ReferenceTree.proof(leaves, 1);
        assertEq(tree.rootOf(leaves[1], 5, proof), ReferenceTree.root(leaves));
    }

    function test_TensorRootOfEveryCount() external view {
        for (uint256 count = 1; count <= 33; ++count) {
            bytes memory data = _noise("tensor", count * 1_024 - (count % 3) * 511);
            assertEq(tree.tensorRoot(count, data), ReferenceTree.tensorRoot(count, data));
        }
    }

    function testFuzz_TensorRoot(uint16 tensor, bytes32 seed, uint256 length) external view {
        bytes memory data = _noise(seed, bound(length, 1, 5_000));
        assertEq(tree.tensorRoot(tensor, data), ReferenceTree.tensorRoot(tensor, data));
    }

    /// @dev Zeros at the end of a leaf are like padding; a leaf more is another tree.
    function test_TensorRootAndPadding() external view {
        bytes memory data = _noise("padding", 1_500);
        bytes32 root = tree.tensorRoot(3, data);
        assertEq(tree.tensorRoot(3, abi.encodePacked(data, new bytes(548))), root);
        assertNotEq(tree.tensorRoot(3, abi.encodePacked(data, new bytes(549))), root);
    }

    function test_MissingNodes() external view {
        bytes32 expected = 0;
        for (uint256 height = 0; height <= 25; ++height) {
            assertEq(tree.missingNode(height), expected);
            expected = keccak256(abi.encodePacked(bytes1(0x03), expected, expected));
        }
    }

    /// @dev A level of a larger tree folds to the node above it, missing nodes included.
    function test_MissingNodesFold() external view {
        bytes32[] memory leaves = _leaves(5);
        bytes32[] memory children = ReferenceTree.parents(ReferenceTree.full(leaves));
        assertEq(children[3], tree.missingNode(1));
        assertEq(tree.fold(children), ReferenceTree.root(leaves));
    }

    /* NODES */

    function testFuzz_Parent(bytes32 left, bytes32 right) external view {
        assertEq(tree.parent(left, right), keccak256(abi.encodePacked(bytes1(0x03), left, right)));
    }

    /// @dev Its 65 bytes reach into the pointer to free memory, which must be as before.
    function testFuzz_ParentLeavesMemoryIntact(bytes32 left, bytes32 right) external view {
        (uint256 before, uint256 later, bytes memory taken, bytes32 node, bytes memory fresh) = tree.parentAmongMemory(
            left,
            right
        );
        assertEq(later, before);
        assertEq(taken, abi.encode(left, right));
        assertEq(fresh, abi.encode(right, left));
        bytes32 first = keccak256(abi.encodePacked(bytes1(0x03), left, right));
        assertEq(node, keccak256(abi.encodePacked(bytes1(0x03), first, first)));
    }

    /// @dev The byte that lands on the pointer is the lowest of `right`.
    function test_ParentWithOnesLeavesThePointerIntact() external view {
        (uint256 before, uint256 later, , , ) = tree.parentAmongMemory(
            bytes32(type(uint256).max),
            bytes32(type(uint256).max)
        );
        assertEq(later, before);
    }

    /* THE EXAMPLE OF docs/protocol/inference.md */

    function test_WeightsOfTheExample() external view {
        bytes32[] memory leaves = new bytes32[](2);
        leaves[0] = tree.weightLeaf(0, 0, _exampleRow(hex"0102ff"));
        leaves[1] = tree.weightLeaf(0, 1, _exampleRow(hex"0300fc"));
        assertEq(tree.fold(leaves), 0xdfba9a54675871993e12c345672911467d75ca6519b7acc26f694e7f485ff42d);
    }

    function test_TraceOfTheExample() external view {
        bytes32[] memory roots = new bytes32[](3);
        roots[0] = tree.tensorRoot(0, hex"05fe07");
        roots[1] = tree.tensorRoot(1, hex"fcf7");
        roots[2] = tree.tensorRoot(2, hex"00");
        assertEq(roots[0], 0x0d7d64c0b18eeb633207d8d16ae74a612568bcbcdf3fab51c213abf19dd68ac1);
        assertEq(roots[1], 0x1451971f5d32a4e2d6965361a94f7e4c5527ec36f05313d25412de398a98a930);
        assertEq(roots[2], 0xf6b415953d48b30d4b805b3493a9024b2b5fd2aaa2bc17813ea06064d68f007b);
        bytes32 traceRoot = keccak256(abi.encode(roots));
        assertEq(traceRoot, 0xeeed85733c46b06908689d9eafb42907402e88cd3729ed4529a55ac67aff4e49);
    }

    function _exampleRow(bytes memory values) private pure returns (UnitMath.Row memory row) {
        (row.mult, row.bias, row.shift, row.values) = (3, 4, 2, values);
    }

    /* MAKING */

    function _leaf(uint256 tensor, uint256 leaf, bytes memory data) private pure returns (bytes32) {
        return ReferenceTree.tensorLeaf(tensor, leaf, data);
    }

    function _leaves(uint256 count) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) leaves[i] = keccak256(abi.encode("leaf", i));
    }

    function _noise(bytes32 seed, uint256 length) private pure returns (bytes memory data) {
        data = new bytes(length);
        bytes32 word;
        for (uint256 i = 0; i < length; ++i) {
            if (i % 32 == 0) word = keccak256(abi.encode(seed, i));
            data[i] = word[i % 32];
        }
    }
}
