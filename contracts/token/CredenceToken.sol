// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { ERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title CredenceToken
/// @notice A stake token for deployers that have none, and for local networks: 18 decimals, ERC-2612 permits, the whole
/// supply minted once to a treasury, nothing mintable, burnable or pausable afterwards.
contract CredenceToken is ERC20, ERC20Permit {
    /// @param treasury receives the whole supply; the zero address is refused by ERC20 (`ERC20InvalidReceiver`).
    /// @param supply in the token's smallest unit (10^-18 of a token).
    constructor(address treasury, uint256 supply) ERC20("Credence", "CRED") ERC20Permit("Credence") {
        _mint(treasury, supply);
    }
}
