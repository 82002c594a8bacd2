// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { UnitMath } from "../../contracts/replay/UnitMath.sol";

/// @notice The trees of docs/protocol/inference.md, written apart from the contract's: every level in full.
library ReferenceTree {
    uint256 internal constant LEAF_BYTES = 1_024;

    /* LEAVES */

    /// @notice Leaves of a tensor: keccak256(0x02 | tensor u16 | leaf u32 | data, zero padded).
    function tensorLeaves(uint256 tensor, bytes memory data) internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[]((data.length + LEAF_BYTES - 1) / LEAF_BYTES);
        for (uint256 i = 0; i < leaves.length; ++i) leaves[i] = tensorLeaf(tensor, i, padded(leafData(data, i)));
    }

    /// @notice keccak256(0x02 | tensor u16 | leaf u32 | data).
    function tensorLeaf(uint256 tensor, uint256 leaf, bytes memory data) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x02), uint16(tensor), uint32(leaf), data));
    }

    /// @notice keccak256(0x01 | op u16 | row u32 | shift i8 | mult i64 | bias i64 | row bytes).
    function weightLeaf(uint256 op, uint256 row, UnitMath.Row memory r) internal pure returns (bytes32) {
        bytes memory numbers = abi.encodePacked(int8(r.shift), int64(r.mult), int64(r.bias));
        return keccak256(abi.encodePacked(bytes1(0x01), uint16(op), uint32(row), numbers, r.values));
    }

    /// @notice The part of a tensor's bytes that leaf `i` holds, without padding.
    function leafData(bytes memory data, uint256 i) internal pure returns (bytes memory) {
        uint256 start = i * LEAF_BYTES;
        uint256 length = data.length - start < LEAF_BYTES ? data.length - start : LEAF_BYTES;
        bytes memory part = new bytes(length);
        for (uint256 j = 0; j < length; ++j) part[j] = data[start + j];
        return part;
    }

    /// @notice Zeros up to the length of a leaf.
    function padded(bytes memory data) internal pure returns (bytes memory) {
        return abi.encodePacked(data, new bytes(LEAF_BYTES - data.length));
    }

    /* TREES */

    /// @notice Root of a whole tensor.
    function tensorRoot(uint256 tensor, bytes memory data) internal pure returns (bytes32) {
        return root(tensorLeaves(tensor, data));
    }

    /// @notice Root over leaves, missing ones being zero words.
    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        bytes32[] memory nodes = full(leaves);
        while (nodes.length > 1) nodes = parents(nodes);
        return nodes[0];
    }

    /// @notice Siblings from the leaf at `index` upwards.
    function proof(bytes32[] memory leaves, uint256 index) internal pure returns (bytes32[] memory siblings) {
        bytes32[] memory nodes = full(leaves);
        uint256 depth = 0;
        while (2 ** depth < nodes.length) ++depth;
        siblings = new bytes32[](depth);
        for (uint256 level = 0; level < depth; ++level) {
            siblings[level] = nodes[index % 2 == 0 ? index + 1 : index - 1];
            nodes = parents(nodes);
            index /= 2;
        }
    }

    /// @notice Where a leaf at `index` leads with these siblings.
    function climb(bytes32 node, uint256 index, bytes32[] memory siblings) internal pure returns (bytes32) {
        for (uint256 level = 0; level < siblings.length; ++level) {
            bytes32[] memory pair = new bytes32[](2);
            (pair[0], pair[1]) = index % 2 == 0 ? (node, siblings[level]) : (siblings[level], node);
            node = parents(pair)[0];
            index /= 2;
        }
        return node;
    }

    /// @notice All places of the lowest level.
    function full(bytes32[] memory leaves) internal pure returns (bytes32[] memory nodes) {
        uint256 places = 1;
        while (places < leaves.length) places *= 2;
        nodes = new bytes32[](places);
        for (uint256 i = 0; i < leaves.length; ++i) nodes[i] = leaves[i];
    }

    /// @notice The next level.
    function parents(bytes32[] memory nodes) internal pure returns (bytes32[] memory above) {
        above = new bytes32[](nodes.length / 2);
        for (uint256 i = 0; i < above.length; ++i) {
            above[i] = keccak256(abi.encodePacked(bytes1(0x03), nodes[2 * i], nodes[2 * i + 1]));
        }
    }
}
