// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Court } from "../../contracts/court/Court.sol";
import { ICourt } from "../../contracts/court/ICourt.sol";
import { DisputeManager } from "../../contracts/disputes/DisputeManager.sol";
import { Op, Tensor } from "../../contracts/types/Graph.sol";
import { IModelRegistry } from "../../contracts/models/IModelRegistry.sol";
import { IStakeVault } from "../../contracts/staking/IStakeVault.sol";
import { StakeVault } from "../../contracts/staking/StakeVault.sol";
import { Receipt as CredenceReceipt } from "../../contracts/types/Receipt.sol";
import { Ruling } from "../../contracts/types/Ruling.sol";
import { AnswerTest } from "./AnswerTest.sol";

/// @notice A deployed protocol with an operator of a model that token holders judge, and token holders whose votes are
/// mature. What a case goes through is a call each; who votes what is the test's.
abstract contract CourtTest is AnswerTest {
    uint8 internal constant AT_FAULT = uint8(ICourt.Choice.AtFault);
    uint8 internal constant NOT_AT_FAULT = uint8(ICourt.Choice.NotAtFault);
    uint8 internal constant CANNOT_DECIDE = uint8(ICourt.Choice.CannotDecide);
    uint16 internal constant STANDARD = 0;
    uint16 internal constant FAST = 1;
    /// @dev Of an answer of the judged model: a penalty of 400 pays the fees of two rounds.
    uint96 internal constant JUDGED_COVERAGE = 400e18;
    uint256 internal constant JUDGED_LOCK = 800e18;
    uint256 internal constant HOLDER_STAKE = 20_000e18;
    bytes32 internal constant SALT = keccak256("salt");

    Court internal court;
    DisputeManager internal disputeManager;
    StakeVault internal vault;
    address internal opener = makeAddr("opener");
    /// @dev Enrolled, opted in to the court, of equal stake.
    address[] internal holders;
    bytes32 internal judgedModelId;

    function setUp() public virtual override {
        super.setUp();
        (court, disputeManager, vault) = (protocol.court, protocol.disputes, protocol.vault);
        for (uint256 i = 0; i < _holderCount(); ++i) {
            holders.push(makeAddr(string.concat("holder ", vm.toString(i))));
            _enroll(holders[i], HOLDER_STAKE);
        }
        _approve(opener);
        skip(7 days + 1);
        judgedModelId = _publishJudged(_judgedPolicy());
    }

    function _holderCount() internal pure virtual returns (uint256) {
        return 10;
    }

    /* ACTORS */

    /// @dev Stakes, enrolls and opts in to the court.
    function _enroll(address account, uint256 amount) internal {
        token.transfer(account, amount);
        vm.startPrank(account);
        token.approve(address(vault), amount);
        vault.stakeAndEnroll(amount);
        vault.optIn(address(court));
        vm.stopPrank();
    }

    /// @dev Tokens and allowance to open cases and contribute to appeals.
    function _approve(address account) internal {
        token.transfer(account, 10_000e18);
        vm.prank(account);
        token.approve(address(disputeManager), type(uint256).max);
    }

    /// @dev Tokens, stake and credit: what a balance before and after is taken of.
    function _wealth(address account) internal view returns (uint256) {
        IStakeVault.AccountView memory a = vault.account(account);
        return token.balanceOf(account) + a.active + a.unbonding + a.credit;
    }

    /* MODELS AND ANSWERS */

    function _judgedPolicy() internal pure returns (IModelRegistry.Policy memory policy) {
        policy = _policy();
        policy.challengeWindow = 1 days;
        policy.minCoverage = JUDGED_COVERAGE;
        policy.grounds = 2;
        policy.courtConfig = STANDARD;
    }

    /// @dev A proxied API: nothing to replay.
    function _publishJudged(IModelRegistry.Policy memory policy) internal returns (bytes32) {
        IModelRegistry.Manifest memory manifest;
        manifest.name = "proxied";
        manifest.version = "1";
        manifest.uri = "https://model.example";
        vm.prank(publisher);
        return protocol.models.publishModel(manifest, policy, new Tensor[](0), new Op[](0));
    }

    /// @dev A receipt of the judged model.
    function _judged(uint256 job) internal view returns (CredenceReceipt memory receipt) {
        receipt = _receipt(job);
        receipt.modelId = judgedModelId;
        receipt.coverage = JUDGED_COVERAGE;
        receipt.traceRoot = 0;
    }

    /// @dev A published answer of the judged model.
    function _judgedAnswer(uint256 job) internal returns (CredenceReceipt memory receipt) {
        receipt = _judged(job);
        _publish(_anchorOne(receipt));
    }

    /* A CASE */

    /// @dev Opens a case on a published answer, as the opener.
    function _open(CredenceReceipt memory receipt) internal returns (bytes32) {
        return _open(receipt, opener);
    }

    function _open(CredenceReceipt memory receipt, address by) internal returns (bytes32) {
        vm.prank(by);
        return disputeManager.open(_bare(receipt), "", "", "ipfs://evidence");
    }

    /// @dev A published answer of the judged model and a case on it.
    function _openNew(uint256 job) internal returns (CredenceReceipt memory receipt, bytes32 caseId) {
        receipt = _judgedAnswer(job);
        caseId = _open(receipt);
    }

    /// @dev Names and fixes the seed of the current panel, which must be in its seeding phase.
    function _seed(bytes32 caseId, bytes32 hash) internal {
        court.nameSeed(caseId);
        vm.roll(block.number + 2);
        vm.setBlockhash(block.number - 1, hash);
        court.fixSeed(caseId);
    }

    /// @dev Goes to the end of the current phase.
    function _skipPhase(bytes32 caseId) internal {
        vm.warp(court.caseOf(caseId).deadline);
    }

    /// @dev From evidence or seeding to commit.
    function _toCommit(bytes32 caseId, bytes32 hash) internal {
        if (court.caseOf(caseId).phase == ICourt.Phase.Evidence) _skipPhase(caseId);
        if (court.caseOf(caseId).phase == ICourt.Phase.Seeding) _seed(caseId, hash);
    }

    function _hashOf(bytes32 caseId, address voter, uint8 choice) internal view returns (bytes32) {
        return court.commitHashOf(caseId, court.caseOf(caseId).round, voter, choice, SALT);
    }

    function _commit(bytes32 caseId, address voter, uint8 choice) internal {
        bytes32 hash = _hashOf(caseId, voter, choice);
        vm.prank(voter);
        court.commit(caseId, voter, hash, "");
    }

    function _reveal(bytes32 caseId, address voter, uint8 choice) internal {
        court.reveal(caseId, voter, choice, SALT);
    }

    /// @dev All of `voters` that have a seat vote `choices` (0: stay away); from commit to the end of reveal.
    function _vote(bytes32 caseId, address[] memory voters, uint8[] memory choices) internal {
        bool[] memory voting = new bool[](voters.length);
        for (uint256 i = 0; i < voters.length; ++i) {
            (uint256 weight, ) = court.weightOf(caseId, voters[i]);
            voting[i] = weight > 0 && choices[i] != 0;
            if (voting[i]) _commit(caseId, voters[i], choices[i]);
        }
        _skipPhase(caseId);
        for (uint256 i = 0; i < voters.length; ++i) if (voting[i]) _reveal(caseId, voters[i], choices[i]);
        _skipPhase(caseId);
    }

    /// @dev All holders vote the same in the current round, which becomes appealable or final.
    function _voteAll(bytes32 caseId, uint8 choice) internal {
        _toCommit(caseId, keccak256(abi.encode("seed", caseId, court.caseOf(caseId).round)));
        uint8[] memory choices = new uint8[](holders.length);
        for (uint256 i = 0; i < choices.length; ++i) choices[i] = choice;
        _vote(caseId, holders, choices);
    }

    /// @dev Funds the whole appeal for `asked`.
    function _appeal(bytes32 caseId, Ruling asked, address by) internal {
        vm.prank(by);
        disputeManager.contribute(caseId, asked, type(uint96).max);
    }

    function _assertPhase(bytes32 caseId, ICourt.Phase expected) internal view {
        assertEq(uint8(court.caseOf(caseId).phase), uint8(expected), "phase");
    }
}
