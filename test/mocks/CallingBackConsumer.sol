// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../contracts/attestations/IAttestationRegistry.sol";
import { CredenceConsumer, Requirement } from "../../contracts/consumer/CredenceConsumer.sol";
import { Leaf } from "../../contracts/types/Receipt.sol";

/// @notice Written carelessly on purpose: it keeps no state of its own and calls whoever acts, in the middle of the
/// action, so that nothing but the consumption of the receipt stands between the caller and acting again.
contract CallingBackConsumer is CredenceConsumer {
    /// @notice How often it acted.
    uint256 public actions;
    Requirement private _requirement;

    constructor(IAttestationRegistry attestations, Requirement memory requirement) CredenceConsumer(attestations) {
        _requirement = requirement;
    }

    function act(Leaf calldata leaf) external {
        _requireConfidence(leaf, _requirement);
        ICallback(msg.sender).onAction(leaf);
        ++actions;
    }
}

/// @notice Who acts on a CallingBackConsumer is called back.
interface ICallback {
    function onAction(Leaf calldata leaf) external;
}
