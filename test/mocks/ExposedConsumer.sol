// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../contracts/attestations/IAttestationRegistry.sol";
import { CredenceConsumer, Requirement } from "../../contracts/consumer/CredenceConsumer.sol";
import { Confidence } from "../../contracts/types/Confidence.sol";
import { Leaf, Receipt } from "../../contracts/types/Receipt.sol";

/// @notice The gates of a CredenceConsumer with the requirement given from outside.
contract ExposedConsumer is CredenceConsumer {
    constructor(IAttestationRegistry attestations) CredenceConsumer(attestations) {}

    function requireConfidence(
        Leaf calldata leaf,
        Requirement calldata requirement
    ) external returns (bytes32, Confidence memory) {
        return _requireConfidence(leaf, requirement);
    }

    function requireOutput(Receipt calldata receipt, bytes calldata output) external pure {
        _requireOutput(receipt, output);
    }

    function requireQuorum(
        Leaf[] calldata leaves,
        Requirement calldata requirement,
        bytes32 outputHash,
        uint256 k
    ) external {
        _requireQuorum(leaves, requirement, outputHash, k);
    }
}
