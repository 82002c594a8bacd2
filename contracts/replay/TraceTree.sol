// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { UnitMath } from "./UnitMath.sol";

/// @title TraceTree
/// @notice Hashes of the trees that commit to a model's weights and to an answer's tensors: positional, node
/// keccak256(0x03 | left | right), missing leaves zero words. Number, place and length of leaves come from the graph.
library TraceTree {
    /// @notice Data bytes of a tensor leaf; a shorter last one is padded with zeros.
    uint256 internal constant LEAF_BYTES = 1_024;

    uint256 private constant WEIGHT_PREFIX = 0x01;
    uint256 private constant TENSOR_PREFIX = 0x02;
    uint256 private constant NODE_PREFIX = 0x03;

    /// @notice Leaves of a tensor of `size` bytes.
    function leavesOf(uint256 size) internal pure returns (uint256) {
        return Math.ceilDiv(size, LEAF_BYTES);
    }

    /// @notice Levels between root and leaves.
    function depthOf(uint256 leaves) internal pure returns (uint256) {
        return Math.log2(leaves, Math.Rounding.Ceil);
    }

    /// @notice keccak256(0x02 | tensor u16 | leaf u32 | data, zero padded to 1,024 bytes).
    /// @param data at most 1,024 bytes.
    function tensorLeaf(uint256 tensor, uint256 leaf, bytes calldata data) internal pure returns (bytes32 hash) {
        uint256 header = (TENSOR_PREFIX << 48) | (tensor << 32) | leaf;
        // In free memory, not kept: 7 bytes of header, the data, then what lies behind the calldata's end, zeros.
        assembly ("memory-safe") {
            let p := mload(0x40)
            mstore(p, shl(200, header))
            calldatacopy(add(p, 7), data.offset, data.length)
            calldatacopy(add(add(p, 7), data.length), calldatasize(), sub(LEAF_BYTES, data.length))
            hash := keccak256(p, 1031)
        }
    }

    /// @notice keccak256(0x01 | op u16 | row u32 | shift i8 | mult i64 | bias i64 | row bytes).
    function weightLeaf(uint256 op, uint256 row, UnitMath.Row calldata r) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encodePacked(uint8(WEIGHT_PREFIX), uint16(op), uint32(row), r.shift, r.mult, r.bias, r.values)
            );
    }

    /// @notice Root of a whole tensor.
    function tensorRoot(uint256 tensor, bytes calldata data) internal pure returns (bytes32) {
        uint256 leaves = leavesOf(data.length);
        bytes32[] memory nodes = new bytes32[](leaves);
        for (uint256 i = 0; i < leaves; ++i) {
            uint256 start = i * LEAF_BYTES;
            nodes[i] = tensorLeaf(tensor, i, data[start:Math.min(start + LEAF_BYTES, data.length)]);
        }
        return fold(nodes);
    }

    /// @notice Root over nodes of one level, at least one, missing ones being zero words. Overwrites `nodes`.
    function fold(bytes32[] memory nodes) internal pure returns (bytes32) {
        bytes32 missing = 0;
        for (uint256 count = nodes.length; count > 1; count = (count + 1) / 2) {
            for (uint256 i = 0; i < count; i += 2) {
                nodes[i / 2] = parent(nodes[i], i + 1 < count ? nodes[i + 1] : missing);
            }
            missing = parent(missing, missing);
        }
        return nodes[0];
    }

    /// @notice The root that `leaf` at `position` leads to: bit i of it says on which side level i stands.
    function rootOf(bytes32 leaf, uint256 position, bytes32[] calldata proof) internal pure returns (bytes32 node) {
        node = leaf;
        for (uint256 i = 0; i < proof.length; ++i) {
            node = (position >> i) & 1 == 0 ? parent(node, proof[i]) : parent(proof[i], node);
        }
    }

    /// @notice A subtree of `height` levels without any leaf.
    function missingNode(uint256 height) internal pure returns (bytes32 node) {
        for (uint256 i = 0; i < height; ++i) node = parent(node, node);
    }

    /// @notice keccak256(0x03 | left | right).
    function parent(bytes32 left, bytes32 right) internal pure returns (bytes32 node) {
        // 65 bytes from 0x00 on: the scratch space and the highest byte of the free memory pointer, which is 0 before
        // and after.
        assembly ("memory-safe") {
            mstore8(0x00, NODE_PREFIX)
            mstore(0x01, left)
            mstore(0x21, right)
            node := keccak256(0x00, 0x41)
            mstore8(0x40, 0)
        }
    }
}
