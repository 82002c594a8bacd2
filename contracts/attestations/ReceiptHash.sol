// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Batch, Receipt } from "../types/Receipt.sol";

/// @title ReceiptHash
/// @notice EIP-712 struct hashes of receipts and batches, and the positional tree over receipt ids.
library ReceiptHash {
    bytes32 internal constant RECEIPT_TYPEHASH = keccak256(
        "Receipt(address operator,bytes32 signerId,bytes32 modelId,bytes32 jobId,bytes32 inputHash,"
        "bytes32 outputHash,bytes32 traceRoot,address beneficiary,uint96 coverage,uint48 issuedAt,uint48 anchorBy)"
    );
    bytes32 internal constant BATCH_TYPEHASH = keccak256(
        "Batch(address operator,bytes32 signerId,bytes32 modelId,bytes32 root,uint32 count,uint96 coverage,"
        "uint48 anchorBy,string dataURI)"
    );

    /// @notice EIP-712 struct hash of a receipt.
    function hash(Receipt calldata receipt) internal pure returns (bytes32) {
        return keccak256(abi.encode(RECEIPT_TYPEHASH, receipt));
    }

    /// @notice EIP-712 struct hash of a batch header.
    function hash(Batch calldata batch) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    BATCH_TYPEHASH,
                    batch.operator,
                    batch.signerId,
                    batch.modelId,
                    batch.root,
                    batch.count,
                    batch.coverage,
                    batch.anchorBy,
                    keccak256(bytes(batch.dataURI))
                )
            );
    }

    /// @notice The root that `leaf` at `index` leads to: bit i of the index says on which side level i stands.
    function rootOf(bytes32 leaf, uint256 index, bytes32[] calldata proof) internal pure returns (bytes32 node) {
        node = leaf;
        for (uint256 i = 0; i < proof.length; ++i) {
            node = (index >> i) & 1 == 0 ? _parent(node, proof[i]) : _parent(proof[i], node);
        }
    }

    /// @dev keccak256(abi.encode(left, right)) in the scratch space, bytes 0 to 63 of memory.
    function _parent(bytes32 left, bytes32 right) private pure returns (bytes32 node) {
        assembly ("memory-safe") {
            mstore(0x00, left)
            mstore(0x20, right)
            node := keccak256(0x00, 0x40)
        }
    }
}
