// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Roles
/// @notice Role ids in the deployment's AccessManager. Role 0 is its own administrator role.
library Roles {
    /// @notice May grant roles and map functions to them; ends with the owner (a timelock or Safe), never the deployer.
    uint64 internal constant ADMIN = 0;
    /// @notice Parameters within their bounds, signature verifiers (append only), announced modules.
    uint64 internal constant GOVERNOR = 1;
    /// @notice May pause intake, see `IntakePausable`.
    uint64 internal constant GUARDIAN = 2;
}
