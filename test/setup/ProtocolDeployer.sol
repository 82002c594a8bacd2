// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import { Deploy, Parameters, Protocol } from "./Deploy.sol";

/// @notice Lets a TypeScript test deploy as Solidity tests do, from creation code that it is given.
contract ProtocolDeployer {
    /// @notice What `deploy` left.
    Protocol public protocol;
    mapping(string artifact => bytes) private _code;

    function setCode(string calldata artifact, bytes calldata code) external {
        _code[artifact] = code;
    }

    /// @notice Deploys and wires; this contract is the deployer.
    function deploy(Parameters calldata parameters, IERC20 token) external {
        protocol = Deploy.protocol(parameters, token, _codeOf);
    }

    function _codeOf(string memory artifact) private view returns (bytes memory) {
        return _code[artifact];
    }
}
