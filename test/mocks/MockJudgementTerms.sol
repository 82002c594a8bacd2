// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IJudgementTerms } from "../../contracts/models/IJudgementTerms.sol";

/// @notice Stands for the court where only its terms are asked: what a test sets for a config.
contract MockJudgementTerms is IJudgementTerms {
    mapping(uint16 courtConfig => uint256) public firstRoundFee;
    mapping(uint16 courtConfig => uint256) public shortestRound0;

    function set(uint16 courtConfig, uint256 fee, uint256 round0) external {
        firstRoundFee[courtConfig] = fee;
        shortestRound0[courtConfig] = round0;
    }
}
