// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "credence/contracts/attestations/IAttestationRegistry.sol";
import { CredenceConsumer, Requirement } from "credence/contracts/consumer/CredenceConsumer.sol";
import { Leaf } from "credence/contracts/types/Receipt.sol";

/// @title Guestbook
/// @notice Keeps entries that a model found friendly. It acts on final answers only: whoever thinks that an answer is
/// wrong has had the time to contest it, and the operator had money at stake.
contract Guestbook is CredenceConsumer {
    /// @notice The model says something else.
    error NotFriendly(bytes output);

    /// @notice An entry is in the book.
    event Signed(bytes32 indexed entryHash, bytes32 indexed receiptId);

    /// @notice The one model whose answers count.
    bytes32 public immutable MODEL_ID;
    /// @notice Coverage that must have stood behind the answer, smallest unit of the stake token.
    uint96 public immutable MIN_BACKED;
    /// @notice Entries, by their hash.
    mapping(bytes32 entryHash => bool) public isSigned;

    constructor(IAttestationRegistry attestations, bytes32 modelId, uint96 minBacked) CredenceConsumer(attestations) {
        MODEL_ID = modelId;
        MIN_BACKED = minBacked;
    }

    /// @notice Adds an entry, by anybody, on the strength of a final answer.
    /// @param entry what the model was asked.
    /// @param leaf the answer; of a published one only the receipt counts.
    /// @param output what the model said: class 0 is friendly.
    function sign(bytes calldata entry, Leaf calldata leaf, bytes calldata output) external {
        Requirement memory requirement;
        requirement.modelId = MODEL_ID;
        requirement.inputHash = keccak256(entry); // this entry's answer, not some other answer of the model
        requirement.minBacked = MIN_BACKED;
        requirement.mustBeFinal = true;
        (bytes32 receiptId, ) = _requireConfidence(leaf, requirement);
        _requireOutput(leaf.receipt, output);
        if (keccak256(output) != keccak256(hex"00000000")) revert NotFriendly(output);
        isSigned[keccak256(entry)] = true;
        emit Signed(keccak256(entry), receiptId);
    }
}
