// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ReceiptHash } from "../../contracts/attestations/ReceiptHash.sol";
import { Batch, Receipt } from "../../contracts/types/Receipt.sol";

/// @notice The functions of ReceiptHash, callable.
contract ExposedReceiptHash {
    function hashReceipt(Receipt calldata receipt) external pure returns (bytes32) {
        return ReceiptHash.hash(receipt);
    }

    function hashBatch(Batch calldata batch) external pure returns (bytes32) {
        return ReceiptHash.hash(batch);
    }

    function rootOf(bytes32 leaf, uint256 index, bytes32[] calldata proof) external pure returns (bytes32) {
        return ReceiptHash.rootOf(leaf, index, proof);
    }
}
