// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../contracts/attestations/IAttestationRegistry.sol";
import { ICourt } from "../../contracts/court/ICourt.sol";
import { IDisputeManager } from "../../contracts/disputes/IDisputeManager.sol";
import { ISlashingRegistry } from "../../contracts/slashing/ISlashingRegistry.sol";
import { IStakeVault } from "../../contracts/staking/IStakeVault.sol";
import { Receipt as CredenceReceipt } from "../../contracts/types/Receipt.sol";
import { Ruling } from "../../contracts/types/Ruling.sol";
import { Harness } from "./Harness.sol";

/// @notice Court and disputes under random action by jurors, challengers, operators and appellants, held against the store
/// after every action. The numbers are those of docs/invariants: 6, 8, 11 to 17, as far as these contracts reach.
/// hardhat-config: invariant.failOnRevert = true
contract CourtInvariants is Harness {
    function setUp() public override {
        super.setUp();
        // A run begins with something to decide.
        for (uint256 n = 0; n < 3; ++n) _newCase(n);
        targetContract(address(this));
        targetSelector(FuzzSelector({ addr: address(this), selectors: _courtActions() }));
    }

    function _courtActions() internal pure returns (bytes4[] memory selectors) {
        bytes4[33] memory all = [
            this.proceed.selector,
            this.proceed.selector,
            this.proceed.selector,
            this.proceed.selector,
            this.proceed.selector,
            this.proceed.selector,
            this.proceed.selector,
            this.jump.selector,
            this.nameSeed.selector,
            this.fixSeed.selector,
            this.commit.selector,
            this.commit.selector,
            this.reveal.selector,
            this.reveal.selector,
            this.contribute.selector,
            this.contribute.selector,
            this.settle.selector,
            this.overturn.selector,
            this.claimBallot.selector,
            this.claimBallot.selector,
            this.withdrawContribution.selector,
            this.openCase.selector,
            this.submitEvidence.selector,
            this.setVotingKey.selector,
            this.anchor.selector,
            this.publish.selector,
            this.anchorReceipt.selector,
            this.register.selector,
            this.unstake.selector,
            this.optOut.selector,
            this.enroll.selector,
            this.useModule.selector,
            this.trespassInCourt.selector
        ];
        selectors = new bytes4[](all.length);
        for (uint256 i = 0; i < all.length; ++i) selectors[i] = all[i];
    }

    /* INVARIANTS */

    /// @notice 1, 2, 7, 12 to 14: every action did what it must; court and disputes have exactly what they owe, the court
    /// locks exactly what open ballots risk.
    function invariant_MoneyOfCasesIsWhatIsOwed() public view {
        assertEq(_surprise, "");
        _checkBalances();
        _checkLocks();
        _checkPast();
        _checkCourt();
        assertEq(_creditOf(disputes), _disputesOwe(), "what the disputes owe");
        assertEq(_creditOf(disputes), _ledger[disputes].credit, "credit of the disputes");
    }

    /// @notice 8, 11, 15, 16: cases, tallies, weights, ballots and contributions read as recorded; a final ruling stays.
    function invariant_CasesReadAsRecorded() public view {
        for (uint256 n = 0; n < _trialIds.length; ++n) _checkCase(_trialIds[n]);
        for (uint256 n = 0; n < _ballots.length; ++n) {
            Vote storage v = _ballots[n];
            (ICourt.Ballot memory b, bytes32 hash) = protocol.court.ballotOf(_signed[v.signed].id, v.round, v.voter);
            assertEq(b.weight, v.settled ? 0 : v.weight, "weight of a ballot");
            assertEq(b.risk, v.settled ? 0 : v.risk, "risk of a ballot");
            assertEq(uint8(b.choice), v.revealed && !v.settled ? v.choice : 0, "choice of a ballot");
            assertEq(hash != 0, !v.revealed && !v.settled, "commit hash of a ballot");
        }
        for (uint256 n = 0; n < _contributions.length; ++n) {
            Contribution storage c = _contributions[n];
            bytes32 id = _signed[c.signed].id;
            uint256 amount = protocol.disputes.contributionOf(id, c.round, c.asked, c.contributor);
            assertEq(amount, c.amount, "contribution");
        }
    }

    function _checkCase(uint256 i) private view {
        Trial storage t = _trials[i];
        bytes32 id = _signed[i].id;
        ICourt.CaseView memory c = protocol.court.caseOf(id);
        (ICourt.Phase phase, uint256 deadline) = _phaseOf(i);
        assertEq(uint8(c.phase), uint8(phase), "phase");
        assertEq(c.deadline, deadline, "deadline");
        assertEq(c.round, t.round, "round");
        assertEq(c.total, t.total, "votes in all");
        IDisputeManager.CaseView memory d = protocol.disputes.caseOf(id);
        assertEq(uint8(d.state), uint8(t.state), "state");
        assertEq(d.opener, t.opener, "opener");
        assertEq(d.bond, t.bond, "bond");
        for (uint256 r = 0; r < ROUNDS; ++r) _checkRound(i, r);
        if (phase == ICourt.Phase.Appeal || phase == ICourt.Phase.Final) {
            assertEq(uint8(protocol.court.currentRuling(id)), uint8(_ruling(i)), "ruling");
        }
        if (_finalRulings[i] != 0) {
            assertEq(uint8(phase), uint8(ICourt.Phase.Final), "no longer final");
            assertEq(uint8(protocol.court.currentRuling(id)) + 1, _finalRulings[i], "a final ruling changed");
        }
        for (uint256 n = 0; n < _accounts.length; ++n) {
            if (_sampledWeights[i][_accounts[n]] == 0) continue;
            (uint256 weight, uint256 risk) = protocol.court.weightOf(id, _accounts[n]);
            (, uint256 expected) = _weightFor(i, _accounts[n]);
            assertEq(weight + 1, _sampledWeights[i][_accounts[n]], "past weight");
            assertEq(risk, expected, "risk of a weight");
        }
    }

    function _checkRound(uint256 i, uint256 round) private view {
        Sitting storage s = _sittings[i][round];
        ICourt.RoundView memory r = protocol.court.roundOf(_signed[i].id, round);
        assertEq(r.startedAt, s.startedAt, "startedAt");
        assertEq(r.seededAt, s.seededAt, "seededAt");
        assertEq(r.seed, s.seed, "seed");
        assertEq(r.ticket, s.ticket, "ticket");
        assertEq(r.committed, s.committed, "committed");
        assertEq(r.atFault, s.revealed[1], "at fault");
        assertEq(r.notAtFault, s.revealed[2], "not at fault");
        assertEq(r.cannotDecide, s.revealed[3], "cannot decide");
        for (uint256 asked = 0; asked < 3 && round > 0; ++asked) {
            Fund storage f = _funds[i][round][Ruling(asked)];
            IDisputeManager.PoolView memory p = protocol.disputes.poolOf(_signed[i].id, round, Ruling(asked));
            assertEq(p.raised, f.raised, "raised");
            assertEq(p.payout, f.payout, "payout");
            assertEq(p.funded, f.funded, "funded");
        }
    }

    /// @notice 17: whatever happens next, time alone decides every case, and everybody gets what it is owed: in any order,
    /// ruling before ballots or after, until nothing is left in court and disputes. Each only once.
    function invariant_MoneyOwedIsNeverBlocked() public {
        uint256 snapshot = vm.snapshotState();
        bool ballotsFirst = block.timestamp % 2 == 0;
        vm.warp(block.timestamp + 30 days);
        _settleAll(ballotsFirst);
        assertEq(_surprise, "");
        assertLe(_creditOf(address(protocol.court)), _ballots.length, "left in court");
        assertEq(_creditOf(disputes), 0, "left in disputes");
        for (uint256 i = 0; i < _accounts.length; ++i) _checkExit(_accounts[i]);
        assertTrue(vm.revertToStateAndDelete(snapshot), "snapshot");
    }

    /// @dev Credit is paid out and stake leaves, but for what other modules lock.
    function _checkExit(address account) private {
        assertEq(protocol.vault.lockedBy(address(protocol.court), account), 0, "locked by the court");
        if (_creditOf(account) > 0) assertEq(protocol.vault.claim(account), _ledger[account].credit, "paid out");
        IStakeVault.AccountView memory a = protocol.vault.account(account);
        if (a.active == 0 || a.active + a.unbonding == a.locked) return;
        vm.startPrank(account);
        protocol.vault.unstake(a.active);
        skip(21 days);
        assertEq(protocol.vault.withdraw(), a.active + a.unbonding - a.locked, "stake that left");
        vm.stopPrank();
    }

    /* FIXED SEQUENCES */

    /// @notice A run is not vacuous: in one fixed sequence everything that can happen to cases happens.
    function test_CourtActionsSucceed() external {
        _runUntil(
            _courtActions(),
            "openCase,submitEvidence,nameSeed,fixSeed,commit,recommit,commit by key,reveal,contribute,settle,overturn,"
            "claimBallot,juror paid,silence fined,error fined,withdrawContribution,unfunded returned,setVotingKey,jump,"
            "appeal to round 1,appeal to round 2,proof in phase 3,ruling 0 in round 0,ruling 1 in round 0"
        );
    }

    /// @notice Panel, larger panel, everybody: the last round turns the ruling, the appellants are paid.
    function test_AppealedToAll() external {
        uint256 i = _trialIds[0];
        for (uint256 round = 0; round < 3; ++round) {
            _seat(i);
            _voteAs(i, round < 2 ? 2 : 1, JURORS, JURORS);
            if (round < 2) _appealAs(i, Ruling.Overturned);
        }
        assertEq(uint8(_ruling(i)), uint8(Ruling.Overturned));
        _finish(i, "ruling 1 in round 2");
        assertEq(uint8(_answers[i].state), uint8(IAttestationRegistry.LockState.Seized));
    }

    /// @notice A larger panel is opening its ballots when a proof comes: jurors of both rounds are paid, nobody is fined.
    function test_EndedByProofInReveal() external {
        uint256 i = _trialIds[0];
        _seat(i);
        _voteAs(i, 2, JURORS, JURORS);
        _appealAs(i, Ruling.Overturned);
        _seat(i);
        _castAll(i, 2, JURORS);
        _toEnd(i);
        _openAll(i, JURORS / 2);
        _overturnAs(replay, i, stranger, ISlashingRegistry.Offence.FalseAnswer);
        _finish(i, "proof in phase 4");
        assertEq(_succeeded["silence fined"] + _succeeded["error fined"], 0, "fined");
    }

    /// @notice One ballot is no quorum: nobody is right, the voter is not fined, fees and bond go back.
    function test_UndecidedWithoutQuorum() external {
        uint256 i = _trialIds[0];
        _seat(i);
        _voteAs(i, 1, 1, JURORS);
        assertFalse(_quorate(i, 0), "a quorum");
        uint256 before = _ledger[stranger].credit;
        _finish(i, "ruling 0 in round 0");
        assertEq(_ledger[stranger].credit, before + _trials[i].bond + _feeIn(0), "bond and fee of the opener");
        assertEq(_succeeded["silence fined"] + _succeeded["error fined"], 0, "fined");
    }

    /// @notice Everybody commits, and all but some stay silent, in each round: they lose all that they risked.
    function test_SilentJurors() external {
        uint256 i = _trialIds[0];
        _seat(i);
        _voteAs(i, 2, JURORS, 0);
        _appealAs(i, Ruling.Upheld);
        _seat(i);
        _voteAs(i, 2, JURORS, JURORS / 2);
        uint256 before = _ledger[RESERVE].credit;
        _finish(i, "ruling 2 in round 1");
        assertGt(_succeeded["silence fined"], JURORS / 2, "fined");
        assertGt(_ledger[RESERVE].credit, before, "to the reserve");
    }

    /// @notice As many seats for as against: a panel that cannot agree leaves the ruling before it standing.
    function test_TiedPanel() external {
        uint256 i = _trialIds[0];
        _seat(i);
        uint256[3] memory seats;
        uint256 opening = 0;
        for (uint256 n = 0; n < JURORS; ++n) {
            (uint256 weight, ) = _weightFor(i, _juror(n));
            uint8 choice = seats[1] > seats[2] ? 2 : 1;
            seats[choice] += weight;
            _commitAs(_juror(n), i, _juror(n), choice, "salt");
            if (seats[1] == seats[2]) opening = n + 1;
        }
        _toEnd(i);
        _openAll(i, opening);
        assertTrue(_quorate(i, 0), "no quorum");
        assertEq(_sittings[i][0].revealed[1], _sittings[i][0].revealed[2], "no tie");
        _finish(i, "ruling 0 in round 0");
        assertEq(_succeeded["error fined"], 0, "fined");
    }

    /* STEPS OF A SEQUENCE, each held against the store */

    /// @dev A case of the stranger on a new answer of the judged model.
    function _newCase(uint256 n) private {
        CredenceReceipt memory r = _receipt(n);
        (r.operator, r.signerId, r.modelId) = (_slots[2], _signerId(2), _models[1].id);
        (r.coverage, r.traceRoot) = (400e18, 0);
        uint256 i = _sign(r, 2, 1, OUTPUT, true);
        _anchorAlone(i, stranger);
        _fund(stranger, _bondFor(i) + _feeIn(0));
        _openCase(i, stranger, false);
    }

    /// @dev To the commit phase, with a seed if the round is a panel's.
    function _seat(uint256 i) private {
        if (_isIn(i, ICourt.Phase.Evidence)) _toEnd(i);
        if (!_isSeeding(i)) return;
        _nameSeed(i, stranger);
        vm.roll(block.number + 2);
        vm.setBlockhash(block.number - 1, keccak256(abi.encode("block", block.number)));
        _fixSeed(i, stranger);
        _checkAll();
    }

    /// @dev The first `count` jurors that have a seat commit; the first `opening` open; to the end of reveal.
    function _voteAs(uint256 i, uint8 choice, uint256 count, uint256 opening) private {
        _castAll(i, choice, count);
        _toEnd(i);
        _openAll(i, opening);
        _toEnd(i);
    }

    function _castAll(uint256 i, uint8 choice, uint256 count) private {
        for (uint256 n = 0; n < JURORS && count > 0; ++n) {
            (uint256 weight, ) = _weightFor(i, _juror(n));
            _commitAs(_juror(n), i, _juror(n), choice, "salt");
            if (weight > 0) --count;
        }
        _checkAll();
    }

    function _openAll(uint256 i, uint256 count) private {
        for (uint256 n = 0; n < count; ++n) {
            uint256 place = _voteAt[i][_trials[i].round][_juror(n)];
            if (place != 0) _revealAs(stranger, i, _juror(n), _ballots[place - 1].choice, "salt");
        }
        _checkAll();
    }

    function _toEnd(uint256 i) private {
        (, uint256 deadline) = _phaseOf(i);
        _warpTo(i, deadline);
        _checkAll();
    }

    /// @dev Two pay for the appeal; another one for another ruling, in vain.
    function _appealAs(uint256 i, Ruling asked) private {
        uint256 price = _appealPrice(i, _trials[i].round + 1);
        for (uint256 n = 0; n < 3; ++n) _fund(_juror(n), price);
        Ruling rival = asked == Ruling.Overturned ? Ruling.Undecided : Ruling.Overturned;
        _contribute(i, rival, _juror(2), price / 3);
        _contribute(i, asked, _juror(0), price / 3);
        _contribute(i, asked, _juror(1), price);
        _checkAll();
    }

    /// @dev To the end; everything is settled and paid, and nothing is left.
    function _finish(uint256 i, string memory how) private {
        while (_isUndecided(i)) _toEnd(i);
        for (uint256 n = 0; n < _ballots.length; n += 2) _claimBallot(n, stranger);
        _checkAll();
        _settle(i, stranger);
        for (uint256 n = 0; n < _ballots.length; ++n) _claimBallot(n, stranger);
        for (uint256 n = 0; n < _contributions.length; ++n) _withdrawContribution(n, stranger);
        _checkAll();
        assertEq(_succeeded[how], 1, how);
        assertEq(_atRisk(_juror(0)) + _atRisk(_juror(1)), 0, "still locked");
    }

    function _checkAll() internal override {
        invariant_MoneyOfCasesIsWhatIsOwed();
        invariant_CasesReadAsRecorded();
        invariant_MoneyOwedIsNeverBlocked();
    }
}
