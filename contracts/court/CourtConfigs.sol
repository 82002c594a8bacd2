// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { SafeCast } from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import { IJudgementTerms } from "../models/IJudgementTerms.sol";
import { IStakeVault } from "../staking/IStakeVault.sol";
import { IConfigRules } from "./IConfigRules.sol";
import { ICourt } from "./ICourt.sol";

/// @title CourtConfigs
/// @notice The part of the Court that knows what cases are like. Configs are appended, checked when they are, and never
/// change. See `ICourt`, the manual.
abstract contract CourtConfigs is ICourt, IJudgementTerms, AccessManaged {
    /* IMMUTABLES */

    /// @notice The vault that holds stake and votes.
    IStakeVault public immutable VAULT;
    /// @notice What configs must keep to.
    IConfigRules public immutable RULES;
    /// @inheritdoc ICourt
    uint256 public immutable MATURITY;

    /* STORAGE */

    /// @dev What a case needs of its config only when it opens.
    struct Head {
        uint24 evidence;
        uint8 rounds;
    }

    /// @inheritdoc ICourt
    uint256 public configCount;
    mapping(uint256 config => Head) internal _heads;
    mapping(uint256 config => RoundTerms[3]) internal _terms;

    constructor(address authority, IConfigRules rules) AccessManaged(authority) {
        VAULT = rules.VAULT();
        RULES = rules;
        MATURITY = rules.MATURITY();
        VAULT.keepCredit();
    }

    /// @inheritdoc ICourt
    function addConfigs(Config[] calldata configs) external restricted returns (uint16 first) {
        first = SafeCast.toUint16(configCount);
        for (uint256 i = 0; i < configs.length; ++i) _addConfig(configs[i]);
    }

    /* VIEWS */

    /// @inheritdoc ICourt
    function configOf(uint16 config) external view returns (Config memory terms) {
        Head memory head = _requireConfig(config);
        terms.evidence = head.evidence;
        terms.rounds = new RoundTerms[](head.rounds);
        for (uint256 i = 0; i < head.rounds; ++i) terms.rounds[i] = _terms[config][i];
    }

    /// @inheritdoc IJudgementTerms
    function firstRoundFee(uint16 config) external view returns (uint256) {
        _requireConfig(config);
        return _terms[config][0].fee;
    }

    /// @inheritdoc IJudgementTerms
    function shortestRound0(uint16 config) external view returns (uint256) {
        uint256 evidence = _requireConfig(config).evidence;
        RoundTerms memory first = _terms[config][0];
        return evidence + first.commit + first.reveal + first.appeal;
    }

    /* INTERNAL */

    function _requireConfig(uint16 config) internal view returns (Head memory head) {
        head = _heads[config];
        if (head.rounds == 0) revert ConfigUnknown(config, configCount);
    }

    function _addConfig(Config calldata terms) private {
        RULES.requireSound(terms);
        uint16 config = SafeCast.toUint16(configCount++);
        _heads[config] = Head({ evidence: terms.evidence, rounds: uint8(terms.rounds.length) });
        for (uint256 i = 0; i < terms.rounds.length; ++i) _terms[config][i] = terms.rounds[i];
        emit ConfigAdded(config);
    }
}
