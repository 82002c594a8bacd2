// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../contracts/attestations/IAttestationRegistry.sol";
import { CredenceConsumer, Requirement } from "../../contracts/consumer/CredenceConsumer.sol";
import { Leaf } from "../../contracts/types/Receipt.sol";

/// @title LanguageGate
/// @notice Example of a contract that can wait: it lists texts in one language and acts on final answers only.
///
/// How it is used: ask an operator of the model which language `text` is in, with this contract as beneficiary; have
/// the answer published; once its time to contest is over, anybody calls `list`. Until then everybody may contest it,
/// so a final answer is one that nobody could, or cared to, prove wrong while `MIN_BACKED` stood against it.
contract LanguageGate is CredenceConsumer {
    /// @notice The answer names another language.
    error LanguageMismatch(bytes actual);
    /// @notice The text is listed.
    error ListedAlready(bytes32 textHash);

    /// @notice The text is in the language of this gate.
    event TextListed(bytes32 indexed textHash, bytes32 indexed receiptId);

    /// @notice The one model whose answers count. Its id fixes weights, terms and grounds.
    bytes32 public immutable MODEL_ID;
    /// @notice keccak256 of the output that stands for the language of this gate.
    bytes32 public immutable LANGUAGE_HASH;
    /// @notice Coverage that must have stood behind the answer, stake token.
    uint96 public immutable MIN_BACKED;

    /// @notice Whether a text, by its hash, is listed.
    mapping(bytes32 textHash => bool) public isListed;

    /// @param language output of the model for the language of this gate.
    constructor(
        IAttestationRegistry attestations,
        bytes32 modelId,
        bytes memory language,
        uint96 minBacked
    ) CredenceConsumer(attestations) {
        MODEL_ID = modelId;
        LANGUAGE_HASH = keccak256(language);
        MIN_BACKED = minBacked;
    }

    /// @notice Lists `text`, by anybody, on the strength of a final answer. It is what the model was asked: of
    /// `lande-features`, the text's features.
    /// @param leaf the answer; of a published one only the receipt counts, batch and proof may be empty.
    /// @param output the bytes that the receipt answers with.
    function list(bytes calldata text, Leaf calldata leaf, bytes calldata output) external {
        bytes32 textHash = keccak256(text);
        if (isListed[textHash]) revert ListedAlready(textHash);

        // What is not set is strict by itself: request and output were shown, the beneficiary is this contract.
        Requirement memory requirement;
        requirement.modelId = MODEL_ID;
        requirement.inputHash = textHash; // this text's answer, not some other answer of the model
        requirement.minBacked = MIN_BACKED;
        requirement.mustBeFinal = true;
        (bytes32 receiptId, ) = _requireConfidence(leaf, requirement);

        // Confidence says how sure the answer is. What it says stands in the output.
        _requireOutput(leaf.receipt, output);
        if (keccak256(output) != LANGUAGE_HASH) revert LanguageMismatch(output);

        isListed[textHash] = true;
        emit TextListed(textHash, receiptId);
    }
}
