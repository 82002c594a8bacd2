// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Governor } from "@openzeppelin/contracts/governance/Governor.sol";
import { GovernorCountingSimple } from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
import { GovernorTimelockControl } from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import { GovernorVotes } from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
// Prettier keeps an import of one name on one line.
// solhint-disable-next-line max-line-length
import { GovernorVotesQuorumFraction } from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import { TimelockController } from "@openzeppelin/contracts/governance/TimelockController.sol";
import { IVotes } from "@openzeppelin/contracts/governance/utils/IVotes.sol";

/// @title CredenceGovernor
/// @notice OpenZeppelin's Governor and timelock over the votes of the StakeVault, nothing of their own changed. What
/// the timelock owns are roles, and parameters within the bounds written in the code; no proposal reaches stake, locks,
/// bonds, credits, the reserve, a running case or a ruling, for no function does.
contract CredenceGovernor is
    Governor,
    GovernorCountingSimple,
    GovernorVotes,
    GovernorVotesQuorumFraction,
    GovernorTimelockControl
{
    uint256 private immutable VOTING_DELAY;
    uint256 private immutable VOTING_PERIOD;
    uint256 private immutable THRESHOLD;

    /// @param vault StakeVault.
    /// @param timelock executes what passed; this contract must be its proposer.
    /// @param delay from proposal to vote, seconds.
    /// @param period of the vote, seconds.
    /// @param threshold votes that proposing needs, stake token.
    /// @param quorumPercent of all votes.
    constructor(
        IVotes vault,
        TimelockController timelock,
        uint256 delay,
        uint256 period,
        uint256 threshold,
        uint256 quorumPercent
    )
        Governor("CredenceGovernor")
        GovernorVotes(vault)
        GovernorVotesQuorumFraction(quorumPercent)
        GovernorTimelockControl(timelock)
    {
        VOTING_DELAY = delay;
        VOTING_PERIOD = period;
        THRESHOLD = threshold;
    }

    /// @notice Seconds from proposal to vote.
    function votingDelay() public view override returns (uint256) {
        return VOTING_DELAY;
    }

    /// @notice Seconds of the vote.
    function votingPeriod() public view override returns (uint256) {
        return VOTING_PERIOD;
    }

    /// @notice Votes that proposing needs.
    function proposalThreshold() public view override returns (uint256) {
        return THRESHOLD;
    }

    /// @inheritdoc GovernorTimelockControl
    function state(uint256 proposalId) public view override(Governor, GovernorTimelockControl) returns (ProposalState) {
        return super.state(proposalId);
    }

    /// @inheritdoc GovernorTimelockControl
    function proposalNeedsQueuing(
        uint256 proposalId
    ) public view override(Governor, GovernorTimelockControl) returns (bool) {
        return super.proposalNeedsQueuing(proposalId);
    }

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint48) {
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) {
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _executor() internal view override(Governor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }
}
