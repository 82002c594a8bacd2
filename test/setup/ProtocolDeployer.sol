// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import { Deploy, Parameters, Protocol } from "./Deploy.sol";

/// @notice Lets a TypeScript test deploy as Solidity tests do. Too large for a real chain: it carries every contract.
contract ProtocolDeployer {
    /// @notice What `deploy` left.
    Protocol public protocol;

    /// @notice Deploys and wires; this contract is the deployer.
    function deploy(Parameters calldata parameters, IERC20 token) external {
        protocol = Deploy.protocol(parameters, token);
    }
}
