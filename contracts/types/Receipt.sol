// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The signed statement of one answer, handed out at once, off chain. Its EIP-712 digest is its id.
struct Receipt {
    address operator;
    bytes32 signerId; // keccak256 of the signer bytes
    bytes32 modelId;
    bytes32 jobId; // one question to one operator; not zero
    bytes32 inputHash; // keccak256 of the request bytes
    bytes32 outputHash; // keccak256 of the output bytes
    bytes32 traceRoot; // 0 for models without replay
    address beneficiary; // is paid the coverage if the answer is overturned; zero: the reserve is
    uint96 coverage; // stake token, smallest unit
    uint48 issuedAt; // seconds
    uint48 anchorBy; // seconds, at most one day after issuedAt; the receipt must be anchored before it
}

/// @notice The header of an anchored batch. Its EIP-712 digest is its id.
struct Batch {
    address operator;
    bytes32 signerId;
    bytes32 modelId;
    bytes32 root; // of the positional tree of receipt ids
    uint32 count; // leaves paid for, 1 to 2^20
    uint96 coverage; // of every leaf
    uint48 anchorBy; // seconds
    string dataURI; // where the leaves are served
}

/// @notice A receipt at an index of a batch. For a receipt that is published the id alone counts, whatever position is
/// shown.
struct Leaf {
    Batch batch;
    Receipt receipt;
    uint32 index;
    bytes32[] proof; // siblings from the leaf upwards, ceil(log2(count)) words
}
