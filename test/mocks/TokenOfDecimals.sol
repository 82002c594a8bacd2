// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice An ERC-20 that says the decimals it is given, with a supply of 2^128 for whoever deploys it.
contract TokenOfDecimals is ERC20 {
    uint8 private immutable DECIMALS;

    constructor(uint8 decimals_) ERC20("Token of decimals", "TOD") {
        DECIMALS = decimals_;
        _mint(msg.sender, 2 ** 128);
    }

    /// @notice As given to the constructor.
    function decimals() public view override returns (uint8) {
        return DECIMALS;
    }
}
