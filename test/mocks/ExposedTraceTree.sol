// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { TraceTree } from "../../contracts/replay/TraceTree.sol";
import { UnitMath } from "../../contracts/replay/UnitMath.sol";

/// @notice TraceTree for callers outside of a contract.
contract ExposedTraceTree {
    function leavesOf(uint256 size) external pure returns (uint256) {
        return TraceTree.leavesOf(size);
    }

    function depthOf(uint256 leaves) external pure returns (uint256) {
        return TraceTree.depthOf(leaves);
    }

    function tensorLeaf(uint256 tensor, uint256 leaf, bytes calldata data) external pure returns (bytes32) {
        return TraceTree.tensorLeaf(tensor, leaf, data);
    }

    /// @notice The leaf after memory behind the free pointer was filled with ones.
    function tensorLeafInDirtyMemory(
        uint256 tensor,
        uint256 leaf,
        bytes calldata data
    ) external pure returns (bytes32) {
        assembly ("memory-safe") {
            let p := mload(0x40)
            for {
                let i := 0
            } lt(i, 2048) {
                i := add(i, 32)
            } {
                mstore(add(p, i), not(0))
            }
        }
        return TraceTree.tensorLeaf(tensor, leaf, data);
    }

    function weightLeaf(uint256 op, uint256 row, UnitMath.Row calldata r) external pure returns (bytes32) {
        return TraceTree.weightLeaf(op, row, r);
    }

    function tensorRoot(uint256 tensor, bytes calldata data) external pure returns (bytes32) {
        return TraceTree.tensorRoot(tensor, data);
    }

    function fold(bytes32[] calldata nodes) external pure returns (bytes32) {
        return TraceTree.fold(nodes);
    }

    function rootOf(bytes32 leaf, uint256 position, bytes32[] calldata proof) external pure returns (bytes32) {
        return TraceTree.rootOf(leaf, position, proof);
    }

    function missingNode(uint256 height) external pure returns (bytes32) {
        return TraceTree.missingNode(height);
    }

    function parent(bytes32 left, bytes32 right) external pure returns (bytes32) {
        return TraceTree.parent(left, right);
    }

    /// @notice What memory looks like around `parent`: the free pointer before and after, and whether memory taken
    /// before is untouched and memory taken after is where it should be.
    function parentAmongMemory(
        bytes32 left,
        bytes32 right
    ) external pure returns (uint256 before, uint256 later, bytes memory taken, bytes32 node, bytes memory fresh) {
        taken = abi.encode(left, right);
        assembly ("memory-safe") {
            before := mload(0x40)
        }
        node = TraceTree.parent(left, right);
        assembly ("memory-safe") {
            later := mload(0x40)
        }
        fresh = abi.encode(right, left);
        node = TraceTree.parent(node, TraceTree.parent(left, right));
    }
}
