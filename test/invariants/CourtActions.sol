// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { ICourt } from "../../contracts/court/ICourt.sol";
import { IDisputeManager } from "../../contracts/disputes/IDisputeManager.sol";
import { ISlashingRegistry } from "../../contracts/slashing/ISlashingRegistry.sol";
import { IStakeVault } from "../../contracts/staking/IStakeVault.sol";
import { Ruling } from "../../contracts/types/Ruling.sol";
import { DisputeActions } from "./DisputeActions.sol";

/// @notice Jurors, appellants and whoever keeps cases going: evidence, seeds, ballots, appeals, claims, and the clock of a
/// case.
abstract contract CourtActions is DisputeActions {
    /* CLOCK AND EVIDENCE */

    /// @notice To the end of a case's phase, or the second before or after it.
    function jump(uint256 seed) external {
        if (_trialIds.length == 0) return;
        uint256 i = _anyTrial(seed, _isUndecided);
        // Mostly what a phase is for is done before it is over.
        if (_isIdle(i) && !_oneIn(seed, "idle", 6)) return;
        (, uint256 deadline) = _phaseOf(i);
        uint256 time = deadline + _draw(seed, "edge", 4);
        if (time <= block.timestamp + 1) return;
        _warpTo(seed, time - 1);
        ++_succeeded["jump"];
    }

    function _isIdle(uint256 i) private view returns (bool) {
        return _isSeeding(i) || _isVoting(i) || _isRevealing(i) || _isInAppeal(i);
    }

    /// @notice Does what a phase is for, by all who should, and goes to its end: so that runs get somewhere.
    function proceed(uint256 seed) external {
        if (_trialIds.length == 0) return;
        uint256 i = _anyTrial(seed, _isTried);
        (ICourt.Phase phase, uint256 deadline) = _phaseOf(i);
        if (phase == ICourt.Phase.Seeding) {
            _nameSeed(i, _anyAccount(seed));
            vm.roll(block.number + 2);
            vm.setBlockhash(block.number - 1, keccak256(abi.encode("block", seed)));
            return _fixSeed(i, _anyAccount(seed));
        }
        if (phase == ICourt.Phase.Commit) _commitAll(seed, i);
        if (phase == ICourt.Phase.Reveal) _revealAll(seed, i);
        if (phase == ICourt.Phase.Appeal && !_oneIn(seed, "accept", 3)) return _appeal(seed, i);
        if (phase == ICourt.Phase.Final) _settle(i, _anyAccount(seed));
        else if (deadline > 0) _warpTo(seed, deadline);
    }

    function _commitAll(uint256 seed, uint256 i) private {
        uint8 leaning = uint8(1 + _draw(seed, "leaning", 3));
        for (uint256 n = 0; n < _accounts.length; ++n) {
            uint256 other = _other(seed, n);
            (uint256 weight, ) = _weightFor(i, _accounts[n]);
            uint8 choice = _oneIn(other, "independent", 4) ? uint8(1 + _draw(other, "choice", 3)) : leaning;
            if (weight > 0) _commitAs(_accounts[n], i, _accounts[n], choice, bytes32(other));
        }
    }

    function _revealAll(uint256 seed, uint256 i) private {
        for (uint256 n = 0; n < _ballots.length; ++n) {
            Vote storage v = _ballots[n];
            if (v.signed != i || v.round != _trials[i].round || v.revealed || _oneIn(seed, "silent", 6)) continue;
            _revealAs(_anyAccount(seed), i, v.voter, v.choice, v.salt);
        }
    }

    /// @dev Some part, or all, for a ruling that does not stand.
    function _appeal(uint256 seed, uint256 i) private {
        Ruling asked = Ruling((uint8(_ruling(i)) + 1 + _draw(seed, "asked", 2)) % 3);
        address payer = _anyAccount(seed);
        uint256 amount = _oneIn(seed, "part", 3) ? 1 + _draw(seed, "amount", 9e18) : _missingOf(i, asked);
        _fund(payer, amount);
        _contribute(i, asked, payer, amount);
    }

    function submitEvidence(uint256 seed) external {
        if (_signed.length == 0) return;
        bool tried = _trialIds.length > 0 && !_oneIn(seed, "untried", 4);
        uint256 i = tried ? _anyTrial(seed, _isUndecided) : _draw(seed, "any", _signed.length);
        bytes memory data = abi.encodeCall(ICourt.submitEvidence, (_signed[i].id, "ipfs://more"));
        _do("submitEvidence", _anyAccount(seed), address(protocol.court), data, _trials[i].openedAt != 0);
    }

    /* SEEDS */

    function nameSeed(uint256 seed) external {
        if (_trialIds.length == 0) return;
        _nameSeed(_anyTrial(seed, _isSeeding), _anyAccount(seed));
    }

    function _nameSeed(uint256 i, address caller) internal {
        Sitting storage s = _sittings[i][_trials[i].round];
        bool expected = _isSeeding(i) && (s.ticket == 0 || protocol.seedSource.isLost(uint48(s.ticket)));
        bytes memory data = abi.encodeCall(ICourt.nameSeed, (_signed[i].id));
        if (_do("nameSeed", caller, address(protocol.court), data, expected)) s.ticket = block.number + 1;
    }

    function fixSeed(uint256 seed) external {
        if (_trialIds.length == 0) return;
        uint256 i = _anyTrial(seed, _isSeeding);
        if (_sittings[i][_trials[i].round].ticket == 0 && !_oneIn(seed, "unnamed", 4)) _nameSeed(i, _anyAccount(seed));
        uint256 ticket = _sittings[i][_trials[i].round].ticket;
        if (_oneIn(seed, "lost", 12)) vm.roll(block.number + 8_193);
        else if (!_oneIn(seed, "early", 6)) vm.roll(Math.max(block.number, ticket) + 1 + _draw(seed, "blocks", 200));
        bytes32 hash = keccak256(abi.encode("block", ticket, seed));
        bool recent = ticket < block.number && ticket + 256 >= block.number && ticket != 0;
        if (recent && protocol.seedSource.seedOf(uint48(ticket)) == 0) vm.setBlockhash(ticket, hash);
        _fixSeed(i, _anyAccount(seed));
    }

    function _fixSeed(uint256 i, address caller) internal {
        Sitting storage s = _sittings[i][_trials[i].round];
        bytes32 known = s.ticket == 0 ? bytes32(0) : protocol.seedSource.seedOf(uint48(s.ticket));
        bytes memory data = abi.encodeCall(ICourt.fixSeed, (_signed[i].id));
        if (!_do("fixSeed", caller, address(protocol.court), data, _isSeeding(i) && known != 0)) return;
        (s.seed, s.seededAt) = (known, block.timestamp);
        _sampleWeights(i);
    }

    /// @dev What everybody weighs in a round is fixed when it can be known.
    function _sampleWeights(uint256 i) internal {
        for (uint256 n = 0; n < _accounts.length; ++n) {
            (uint256 weight, ) = _weightFor(i, _accounts[n]);
            _sampledWeights[i][_accounts[n]] = weight + 1;
        }
    }

    /* BALLOTS */

    function setVotingKey(uint256 seed) external {
        (address account, address key) = (_anyAccount(seed), _anyAccount(_other(seed, 1)));
        bytes memory data = abi.encodeCall(IStakeVault.setVotingKey, (key));
        if (_do("setVotingKey", account, address(protocol.vault), data, true)) _votingKeys[account] = key;
    }

    /// @notice Several accounts vote, mostly those that have a seat; now and then one votes anew, or as somebody else.
    function commit(uint256 seed) external {
        if (_trialIds.length == 0) return;
        uint256 i = _anyTrial(seed, _isVoting);
        uint8 leaning = uint8(1 + _draw(seed, "leaning", 3));
        for (uint256 n = 0; n < 3; ++n) {
            uint256 other = _other(seed, n);
            address voter = _anySeated(other, i);
            uint8 choice = _oneIn(other, "independent", 4) ? uint8(_draw(other, "choice", 5)) : leaning;
            address caller = voter;
            if (_oneIn(other, "key", 5)) caller = _votingKeys[voter];
            if (_oneIn(other, "stranger", 12)) caller = _anyAccount(other);
            _commitAs(caller, i, voter, choice, _oneIn(other, "empty", 20) ? bytes32(0) : bytes32(other));
        }
    }

    /// @dev A salt of zero stands for an empty commit.
    function _commitAs(address caller, uint256 i, address voter, uint8 choice, bytes32 salt) internal {
        uint256 round = _trials[i].round;
        bytes32 hash = salt == 0 ? salt : protocol.court.commitHashOf(_signed[i].id, round, voter, choice, salt);
        (uint256 weight, uint256 risk) = _isVoting(i) ? _weightFor(i, voter) : (0, 0);
        bool again = _voteAt[i][round][voter] != 0;
        bool expected = _isVoting(i) && (caller == voter || caller == _votingKeys[voter]) && salt != 0;
        expected = expected && (again || (weight > 0 && risk <= _courtLockable(voter)));
        bytes memory data = abi.encodeCall(ICourt.commit, (_signed[i].id, voter, hash, "note"));
        if (!_do(again ? "recommit" : "commit", caller, address(protocol.court), data, expected)) return;
        if (caller != voter) ++_succeeded["commit by key"];
        if (!again) _seat(i, round, voter, weight, risk);
        Vote storage v = _ballots[_voteAt[i][round][voter] - 1];
        (v.choice, v.salt) = (choice, salt);
    }

    function _seat(uint256 i, uint256 round, address voter, uint256 weight, uint256 risk) private {
        Vote storage v = _ballots.push();
        (v.signed, v.round, v.voter, v.weight, v.risk) = (i, round, voter, weight, risk);
        _voteAt[i][round][voter] = _ballots.length;
        _sittings[i][round].committed += weight;
        _moduleLocks[address(protocol.court)][voter] += risk;
        uint256 bonded = protocol.vault.account(voter).locked * 10_000;
        if (bonded > _backing(voter) * 10_000) ++_succeeded["commit beyond the share of others"];
    }

    /// @notice Ballots are opened by anybody; wrongly now and then.
    function reveal(uint256 seed) external {
        if (_trialIds.length == 0) return;
        uint256 i = _anyTrial(seed, _isRevealing);
        for (uint256 n = 0; n < _ballots.length && n < 6; ++n) {
            uint256 other = _other(seed, n);
            Vote storage v = _ballots[_ballots.length - 1 - _draw(other, "ballot", Math.min(_ballots.length, 12))];
            uint8 choice = _oneIn(other, "wrong", 8) ? uint8(_draw(other, "choice", 6)) : v.choice;
            address voter = _oneIn(other, "someone", 10) ? _anyAccount(other) : v.voter;
            _revealAs(_anyAccount(other), _oneIn(other, "stray", 8) ? i : v.signed, voter, choice, v.salt);
        }
    }

    function _revealAs(address caller, uint256 i, address voter, uint8 choice, bytes32 salt) internal {
        uint256 round = _trials[i].round;
        uint256 place = _voteAt[i][round][voter];
        bool expected = _isRevealing(i) && place != 0 && choice > 0 && choice < 4;
        if (place != 0) {
            Vote storage known = _ballots[place - 1];
            expected = expected && !known.revealed && known.choice == choice && known.salt == salt;
        }
        bytes memory data = abi.encodeCall(ICourt.reveal, (_signed[i].id, voter, choice, salt));
        if (!_do("reveal", caller, address(protocol.court), data, expected) || !expected) return;
        _ballots[place - 1].revealed = true;
        _sittings[i][round].revealed[choice] += _ballots[place - 1].weight;
    }

    /// @notice Anybody settles anybody's ballots, also those that are settled.
    function claimBallot(uint256 seed) external {
        for (uint256 n = 0; n < 6 && n < _ballots.length; ++n) {
            _claimBallot(_draw(_other(seed, n), "ballot", _ballots.length), _anyAccount(_other(seed, n)));
        }
    }

    function _claimBallot(uint256 place, address caller) internal {
        Vote storage v = _ballots[place];
        bool expected = !v.settled && _isOver(v.signed);
        bytes memory data = abi.encodeCall(ICourt.claim, (_signed[v.signed].id, v.round, v.voter));
        if (!_do("claimBallot", caller, address(protocol.court), data, expected)) return;
        (uint256 paid, uint256 forfeited) = _dueTo(v);
        if (paid > 0) ++_succeeded["juror paid"];
        if (forfeited > 0) ++_succeeded[forfeited == v.risk ? "silence fined" : "error fined"];
        v.settled = true;
        _moduleLocks[address(protocol.court)][v.voter] -= v.risk;
        _take(v.voter, forfeited);
        _ledger[RESERVE].credit += forfeited;
        _ledger[v.voter].credit += paid;
        _ledger[address(protocol.court)].credit -= paid;
        _sittings[v.signed][v.round].paid += paid;
    }

    /* APPEALS */

    function contribute(uint256 seed) external {
        if (_trialIds.length == 0) return;
        uint256 i = _anyTrial(seed, _isInAppeal);
        Ruling asked = Ruling(_draw(seed, "asked", 3));
        uint256 missing = _trials[i].round + 1 < ROUNDS ? _missingOf(i, asked) : 0;
        uint256 amount =
            _oneIn(seed, "part", 2) ? _draw(seed, "amount", missing + 1) : missing + _draw(seed, "more", 2);
        if (_oneIn(seed, "huge", 10)) amount = type(uint256).max;
        address payer = _anyAccount(seed);
        if (!_oneIn(seed, "unfunded", 10)) _fund(payer, Math.min(amount, missing));
        _contribute(i, asked, payer, amount);
    }

    function _missingOf(uint256 i, Ruling asked) internal view returns (uint256) {
        uint256 round = _trials[i].round + 1;
        return _appealPrice(i, round) - _funds[i][round][asked].raised;
    }

    function _contribute(uint256 i, Ruling asked, address payer, uint256 amount) internal {
        bool open = _isInAppeal(i) && _isTried(i);
        uint256 taken = open ? Math.min(amount, _missingOf(i, asked)) : 0;
        bool expected = open && asked != _ruling(i) && taken > 0 && _ledger[payer].wallet >= taken;
        vm.prank(payer);
        token.approve(disputes, type(uint256).max);
        bytes memory data = abi.encodeCall(IDisputeManager.contribute, (_signed[i].id, asked, amount));
        (bool ok, bytes memory result) = _call(payer, disputes, data);
        if (!_judge("contribute", ok, expected, result) || !expected) return;
        _require(abi.decode(result, (uint256)) == taken, "an appeal took another amount");
        uint256 round = _trials[i].round + 1;
        _noteContribution(i, round, asked, payer, taken);
        if (_funds[i][round][asked].raised < _appealPrice(i, round)) return;
        _noteRound(i, round, asked);
    }

    /// @dev An appeal is funded: the next round opens.
    function _noteRound(uint256 i, uint256 round, Ruling asked) private {
        _funds[i][round][asked].funded = true;
        (_trials[i].round, _trials[i].asked[round]) = (round, asked);
        _sittings[i][round].startedAt = block.timestamp;
        _ledger[disputes].credit -= _feeIn(round);
        _ledger[address(protocol.court)].credit += _feeIn(round);
        for (uint256 n = 0; n < _accounts.length; ++n) _sampledWeights[i][_accounts[n]] = 0;
        if (_seatsIn(round) == 0) _sampleWeights(i);
        ++_succeeded[string.concat("appeal to round ", vm.toString(round))];
    }

    function _noteContribution(uint256 i, uint256 round, Ruling asked, address payer, uint256 taken) private {
        _funds[i][round][asked].raised += taken;
        _ledger[payer].wallet -= taken;
        _ledger[disputes].credit += taken;
        bytes32 key = keccak256(abi.encode(i, round, asked, payer));
        if (_contributionAt[key] == 0) {
            _contributions.push(Contribution(i, round, asked, payer, 0));
            _contributionAt[key] = _contributions.length;
        }
        _contributions[_contributionAt[key] - 1].amount += taken;
    }

    /// @notice Anybody withdraws for anybody, also what was withdrawn.
    function withdrawContribution(uint256 seed) external {
        for (uint256 n = 0; n < 3 && n < _contributions.length; ++n) {
            _withdrawContribution(_draw(_other(seed, n), "which", _contributions.length), _anyAccount(seed));
        }
    }

    function _withdrawContribution(uint256 place, address caller) internal {
        Contribution storage c = _contributions[place];
        Fund storage f = _funds[c.signed][c.round][c.asked];
        bool expected = c.amount > 0;
        if (f.funded) expected = expected && _trials[c.signed].state == IDisputeManager.CaseState.Settled;
        else expected = expected && !_isAppealable(c.signed, c.round);
        bytes memory data = abi.encodeCall(
            IDisputeManager.withdrawContribution,
            (_signed[c.signed].id, c.round, c.asked, c.contributor)
        );
        (bool ok, bytes memory result) = _call(caller, disputes, data);
        if (!_judge("withdrawContribution", ok, expected, result) || !expected) return;
        // A pool is divided by what is left, so that the last one takes the rest.
        uint256 amount = f.funded ? (f.payout * c.amount) / f.raised : c.amount;
        _require(abi.decode(result, (uint256)) == amount, "a contribution came to another amount");
        if (!f.funded) ++_succeeded["unfunded returned"];
        else f.payout -= amount;
        f.raised -= c.amount;
        c.amount = 0;
        _ledger[disputes].credit -= amount;
        _ledger[c.contributor].credit += amount;
    }

    /* INTERNAL */

    function _isUndecided(uint256 i) internal view returns (bool) {
        return !_isOver(i);
    }

    function _isSeeding(uint256 i) internal view returns (bool) {
        return _isIn(i, ICourt.Phase.Seeding);
    }

    function _isVoting(uint256 i) internal view returns (bool) {
        return _isIn(i, ICourt.Phase.Commit);
    }

    function _isRevealing(uint256 i) internal view returns (bool) {
        return _isIn(i, ICourt.Phase.Reveal);
    }

    function _isInAppeal(uint256 i) internal view returns (bool) {
        return _isIn(i, ICourt.Phase.Appeal);
    }

    /// @dev An account with a seat in the current round, of twelve looked at; any if there is none.
    function _anySeated(uint256 seed, uint256 i) private view returns (address account) {
        for (uint256 n = 0; n < 12; ++n) {
            account = _anyAccount(_other(seed, n));
            (uint256 weight, ) = _isVoting(i) ? _weightFor(i, account) : (0, 0);
            if (weight > 0) return account;
        }
    }

    /// @notice What only DisputeManager, the replay adjudicator, a depositor or the owner of credit may do.
    function trespassInCourt(uint256 seed) external {
        if (_signed.length == 0) return;
        uint256 i = _find(seed, _isTried);
        (address caller, address court) = (_anyAccount(seed), address(protocol.court));
        bytes32 id = _signed[i].id;
        uint256 beyond = _ledger[caller].credit + 1;
        _do("trespassInCourt", caller, court, abi.encodeCall(protocol.court.conclude, (id, true)), false);
        _do("trespassInCourt", caller, court, abi.encodeCall(protocol.court.appeal, (id)), false);
        _do("trespassInCourt", caller, court, abi.encodeCall(protocol.court.createDispute, (id, 1, caller, "")), false);
        _do("trespassInCourt", caller, disputes, abi.encodeCall(protocol.disputes.onDeposit, (disputes, 1)), false);
        bytes memory data = abi.encodeCall(IStakeVault.pay, (caller, beyond));
        _do("trespassInCourt", caller, address(protocol.vault), data, false);
        for (uint256 n = 0; n < 2; ++n) {
            address keeper = n == 0 ? court : disputes;
            _do("trespassInCourt", caller, address(protocol.vault), abi.encodeCall(IStakeVault.claim, (keeper)), false);
        }
        _overturnAs(caller, i, caller, ISlashingRegistry.Offence.FalseAnswer);
    }
}
