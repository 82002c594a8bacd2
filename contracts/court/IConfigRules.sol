// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IStakeVault } from "../staking/IStakeVault.sol";
import { ICourt } from "./ICourt.sol";

/// @title IConfigRules
/// @notice What a court's config must keep to: windows that nest, fees and risks that deter. A contract of its own,
/// without state, because the court has no room for it.
interface IConfigRules {
    /// @notice Reverts, with the actual and the allowed value, unless cases can be held under this config.
    function requireSound(ICourt.Config calldata terms) external view;

    /// @notice The vault whose unbonding period and module delay cases must fit into.
    function VAULT() external view returns (IStakeVault);

    /// @notice Age that votes must have when a case opens, seconds.
    function MATURITY() external view returns (uint256);

    /// @notice Windows that cost money when missed are at least this long: the chain's forced-inclusion delay, seconds.
    function MIN_WINDOW() external view returns (uint256);
}
