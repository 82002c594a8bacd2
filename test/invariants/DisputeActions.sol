// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { IAttestationRegistry } from "../../contracts/attestations/IAttestationRegistry.sol";
import { ICourt } from "../../contracts/court/ICourt.sol";
import { IDisputeManager } from "../../contracts/disputes/IDisputeManager.sol";
import { ISlashingRegistry } from "../../contracts/slashing/ISlashingRegistry.sol";
import { Leaf, Receipt as CredenceReceipt } from "../../contracts/types/Receipt.sol";
import { Ruling } from "../../contracts/types/Ruling.sol";
import { AnswerActions } from "./AnswerActions.sol";

/// @notice Who opens and settles cases, the replay adjudicator, and everybody who reports an offence.
abstract contract DisputeActions is AnswerActions {
    /* CASES */

    function openCase(uint256 seed) external {
        uint256 i = _signed.length == 0 ? 0 : _find(seed, _isJudgeable);
        if (_signed.length == 0 || (!_isJudgeable(i) && !_oneIn(seed, "none", 3))) {
            uint256 key = _anyKey(seed);
            i = _issue(seed, key, 1, _fitting(seed, key, 1, 1));
            _anchorAlone(i, _anyAccount(seed));
        }
        bool hidden = _models[_signed[i].model].privateInput && !_oneIn(seed, "outsider", 4);
        address opener = hidden ? _signed[i].receipt.beneficiary : _anyAccount(seed);
        if (opener == address(0)) return;
        if (!_oneIn(seed, "unfunded", 10)) _fund(opener, _bondFor(i) + _feeIn(0));
        _openCase(i, opener, _oneIn(seed, "leaf", 2));
    }

    /// @dev With the receipt's leaf, which publishes or merges, if there is one and it is asked for.
    function _openCase(uint256 i, address opener, bool withLeaf) internal {
        (Leaf memory leaf, uint256 b) = _leafOf(i, withLeaf || _answers[i].publishedAt == 0);
        bool hidden = _models[_signed[i].model].privateInput;
        uint256 cost = _bondFor(i) + _feeIn(0);
        vm.prank(opener);
        token.approve(disputes, type(uint256).max);
        bytes memory data = abi.encodeCall(
            IDisputeManager.open,
            (leaf, hidden ? bytes("") : _signed[i].request, hidden ? bytes("") : _signed[i].output, "ipfs://evidence")
        );
        bool expected = _mayOpen(i, b, opener) && _ledger[opener].wallet >= cost;
        bool merging = _answers[i].publishedAt != 0 && leaf.batch.count > 0 && _isMergeable(b, i);
        if (!_do("openCase", opener, disputes, data, expected)) return;
        _noteHeld(i, b, merging);
        _beginTrial(i, opener);
        _ledger[opener].wallet -= cost;
        _ledger[disputes].credit += cost - _feeIn(0);
        _ledger[address(protocol.court)].credit += _feeIn(0);
    }

    /// @dev One more case, or game, holds the answer, which its leaf may have published or made whole.
    function _noteHeld(uint256 i, uint256 b, bool merging) internal {
        if (_answers[i].publishedAt == 0) _notePublished(b, i);
        else if (merging) _noteMerged(b, i);
        _answers[i].state = IAttestationRegistry.LockState.Held;
        _answers[i].openCases += 1;
    }

    /// @dev One less.
    function _noteReleased(uint256 i) internal {
        Answer storage a = _answers[i];
        a.openCases -= 1;
        if (a.openCases > 0) return;
        a.state = IAttestationRegistry.LockState.InBucket;
        a.finalAt = Math.max(a.finalAt, block.timestamp);
    }

    function _beginTrial(uint256 i, address opener) private {
        Trial storage t = _trials[i];
        t.state = IDisputeManager.CaseState.Open;
        (t.opener, t.bond, t.openedAt) = (opener, _bondFor(i), block.timestamp);
        t.total = Math.max(protocol.vault.getPastTotalSupply(block.timestamp - 7 days), 100_000e18);
        t.asked[0] = Ruling.Overturned;
        _trialIds.push(i);
    }

    function _mayOpen(uint256 i, uint256 b, address opener) private view returns (bool) {
        Model storage m = _models[_signed[i].model];
        if (_trials[i].openedAt != 0 || !m.judged) return false;
        if (m.privateInput && opener != _signed[i].receipt.beneficiary) return false;
        if (_answers[i].publishedAt == 0) return b < _batches.length && _isPublishable(b, i);
        // A case may follow a game for two windows of a move.
        return _contestable(i) && block.timestamp < _answers[i].finalAt + 2 * HONOUR_WINDOW;
    }

    /// @dev A leaf of the receipt that can be used, or any, or none.
    function _leafOf(uint256 i, bool wanted) internal view returns (Leaf memory leaf, uint256 found) {
        leaf = _bare(_signed[i].receipt);
        found = type(uint256).max;
        for (uint256 b = 0; b < _batches.length && wanted; ++b) {
            for (uint256 index = 0; index < _batches[b].leaves.length; ++index) {
                if (_batches[b].leaves[index] != i) continue;
                if (found != type(uint256).max && !_isPublishable(b, i) && !_isMergeable(b, i)) continue;
                (leaf, found) = (_leafAt(b, index), b);
            }
        }
    }

    /// @notice Applies what the clock has decided.
    function settle(uint256 seed) external {
        if (_signed.length == 0) return;
        _settle(_trialIds.length == 0 ? 0 : _anyTrial(seed, _isUnsettled), _anyAccount(seed));
    }

    function _settle(uint256 i, address caller) internal {
        bytes memory data = abi.encodeCall(IDisputeManager.settle, (_signed[i].receipt));
        bool expected = _isUnsettled(i);
        if (_do("settle", caller, disputes, data, expected)) _applyRuling(i);
    }

    function overturn(uint256 seed) external {
        if (_signed.length == 0) return;
        bool tried = _trialIds.length > 0 && _oneIn(seed, "tried", 4);
        uint256 i = tried ? _anyTrial(seed, _isTried) : _find(seed, _isOpen);
        ISlashingRegistry.Offence offence = ISlashingRegistry.Offence(_oneIn(seed, "offence", 6) ? 2 : i % 2);
        address challenger = _oneIn(seed, "nobody", 8) ? address(0) : _anyAccount(seed);
        _overturnAs(_oneIn(seed, "stranger", 8) ? _anyAccount(seed) : replay, i, challenger, offence);
    }

    /// @dev By proof: whatever is not decided yet ends, and the lock is seized.
    function _overturnAs(address caller, uint256 i, address challenger, ISlashingRegistry.Offence offence) internal {
        bytes memory data = abi.encodeCall(IDisputeManager.overturn, (_signed[i].receipt, challenger, offence));
        bool expected = caller == replay && uint8(offence) < 2 && _isOverturnable(i);
        (bool ok, bytes memory result) = _call(caller, disputes, data);
        if (!_judge("overturn", ok, expected, result)) return;
        _require(abi.decode(result, (uint256)) == _answers[i].locked, "a proof took another amount than the lock");
        _noteOverturned(i, challenger);
    }

    /// @dev Whether a proof comes in time: something else than a decided case holds the answer, or its time is not
    /// over.
    function _isOverturnable(uint256 i) internal view returns (bool) {
        bool decided = _isUnsettled(i);
        if (decided && _ruling(i) == Ruling.Overturned) return false;
        if (_answers[i].openCases > (decided ? 1 : 0)) return true;
        return _contestable(i) && block.timestamp < _answers[i].finalAt;
    }

    /// @dev What the clock has decided is applied first; a case that is not decided ends with the proof.
    function _noteOverturned(uint256 i, address challenger) internal {
        if (_isUnsettled(i)) _applyRuling(i);
        if (_isTried(i)) _endByProof(i, challenger);
        else _takeLock(i, 0, challenger, _bountyOf(i));
    }

    function _bountyOf(uint256 i) private view returns (uint256 bounty) {
        (, bounty) = _fromPenalty(_penaltyOf(i), 0);
    }

    function _endByProof(uint256 i, address challenger) private {
        (ICourt.Phase phase, ) = _phaseOf(i);
        ++_succeeded[string.concat("proof in phase ", vm.toString(uint8(phase)))];
        (_trials[i].ended, _trials[i].endedIn) = (true, phase);
        Estate memory e = _divide(i);
        _returnFees(i);
        _takeLock(i, e.fees, challenger, e.bounty);
        _close(i, e);
    }

    function _applyRuling(uint256 i) private {
        Ruling ruling = _ruling(i);
        ++_succeeded[string.concat("ruling ", vm.toString(uint8(ruling)), " in round ", vm.toString(_trials[i].round))];
        Estate memory e = _divide(i);
        _returnFees(i);
        if (ruling == Ruling.Undecided) _answers[i].undecided = true;
        if (ruling == Ruling.Overturned) _takeLock(i, e.fees + e.bounty, address(0), 0);
        else _noteReleased(i);
        _close(i, e);
    }

    /// @dev What the court gives back: what jurors do not share. What cannot be divided among them it keeps.
    function _returnFees(uint256 i) private {
        for (uint256 r = 0; r <= _trials[i].round; ++r) {
            uint256 returned = _feeIn(r) - _spentIn(i, r);
            _ledger[address(protocol.court)].credit -= returned;
            _ledger[disputes].credit += returned;
        }
    }

    /// @dev Coverage to the beneficiary, `kept` to the disputes, the bounty, the rest to the reserve.
    function _takeLock(uint256 i, uint256 kept, address challenger, uint256 bounty) private {
        Answer storage a = _answers[i];
        address[] memory to = new address[](3);
        uint256[] memory amounts = new uint256[](3);
        (to[0], to[1], to[2]) = (_signed[i].receipt.beneficiary, disputes, challenger);
        (amounts[0], amounts[1], amounts[2]) = (_coverageOf(a.locked, _signed[i].model), kept, bounty);
        (a.state, a.openCases) = (IAttestationRegistry.LockState.Seized, 0);
        _lowerCap(_signed[i].receipt.operator, a.locked);
        _take(_signed[i].receipt.operator, a.locked);
        _distribute(a.locked, to, amounts);
    }

    function _close(uint256 i, Estate memory e) private {
        Trial storage t = _trials[i];
        t.state = IDisputeManager.CaseState.Settled;
        for (uint256 r = 1; r <= t.round; ++r) _funds[i][r][t.asked[r]].payout = e.payouts[r];
        _ledger[disputes].credit -= e.payouts[0] + e.toOperator + e.toReserve;
        _ledger[t.opener].credit += e.payouts[0];
        _ledger[_signed[i].receipt.operator].credit += e.toOperator;
        _ledger[RESERVE].credit += e.toReserve;
    }

    /* OFFENCES */

    function slashDishonoured(uint256 seed) external {
        if (_signed.length == 0) return;
        uint256 i = _find(seed, _isDishonoured);
        CredenceReceipt memory r = _signed[i].receipt;
        bool expected = _isDishonoured(i);
        uint256 missing = expected ? r.coverage - _coverageOf(_answers[i].locked, _signed[i].model) : 0;
        bytes memory data = abi.encodeCall(ISlashingRegistry.slashDishonoured, (r));
        (bool ok, bytes memory result) = _call(_anyAccount(seed), address(protocol.slashing), data);
        if (!_judge("slashDishonoured", ok, expected, result)) return;
        _answers[i].dishonoured = true;
        Standing storage s = _standings[r.operator];
        uint256 bond = _moduleLocks[address(protocol.operators)][r.operator];
        uint256 taken = Math.min(2 * missing, bond);
        _require(abi.decode(result, (uint256)) == taken, "slashDishonoured took another amount");
        s.bondShort = true;
        if (s.tombstonedAt == 0) s.bondMissing += taken;
        _takeBond(r.operator, taken, r.beneficiary);
    }

    function slashEquivocation(uint256 seed) external {
        if (_signed.length < 2 || !_oneIn(seed, "really", 2)) return;
        uint256 first = _draw(seed, "first", _signed.length);
        uint256 second = _related(first, seed);
        for (uint256 n = 1; n <= Math.min(_signed.length, 40) && !_contradict(first, second); ++n) {
            second = _related(first = _signed.length - n, seed);
        }
        address reporter = _anyAccount(seed);
        (bytes memory data, bool holds) = _accusation(first, second, _oneIn(seed, "signature", 2));
        bytes32 offenceId = _equivocationId(first);
        bool expected = holds && _contradict(first, second) && !_slashed[offenceId];
        (bool ok, bytes memory result) = _call(reporter, address(protocol.slashing), data);
        if (!_judge("slashEquivocation", ok, expected, result)) return;
        _slashed[offenceId] = true;
        address operator_ = _signed[first].receipt.operator;
        if (_standings[operator_].tombstonedAt == 0) _standings[operator_].tombstonedAt = block.timestamp;
        uint256 bond = _moduleLocks[address(protocol.operators)][operator_];
        _require(abi.decode(result, (uint256)) == bond, "slashEquivocation took another amount");
        _takeBond(operator_, bond, reporter);
    }

    /* INTERNAL */

    /// @dev Half to the recipient, the rest to the reserve.
    function _takeBond(address operator_, uint256 taken, address recipient) private {
        _moduleLocks[address(protocol.operators)][operator_] -= taken;
        _take(operator_, taken);
        (address[] memory to, uint256[] memory amounts) = (new address[](1), new uint256[](1));
        (to[0], amounts[0]) = (recipient, taken / 2);
        _distribute(taken, to, amounts);
    }

    function _related(uint256 first, uint256 seed) private view returns (uint256) {
        for (uint256 n = 1; n <= Math.min(_signed.length, 40); ++n) {
            uint256 i = _signed.length - n;
            if (_contradict(first, i) && _signatureHolds(i)) return i;
        }
        return _draw(seed, "second", _signed.length);
    }

    function _equivocationId(uint256 i) private view returns (bytes32) {
        CredenceReceipt storage r = _signed[i].receipt;
        bytes32 key = keccak256(abi.encode(r.operator, r.modelId, r.jobId));
        return protocol.slashing.offenceIdOf(ISlashingRegistry.Offence.Equivocation, key);
    }

    function _accusation(
        uint256 first,
        uint256 second,
        bool withSignature
    ) private view returns (bytes memory data, bool holds) {
        (Leaf memory a, bytes memory signature, bool firstHolds) = _evidence(first, true);
        (Leaf memory b, bytes memory otherSignature, bool secondHolds) = _evidence(second, withSignature);
        data = abi.encodeCall(ISlashingRegistry.slashEquivocation, (a, signature, b, otherSignature));
        holds = firstHolds && secondHolds;
    }

    /// @dev What there is against a receipt without its signature: that it is published, or a leaf of a batch.
    function _evidence(uint256 i, bool withSignature) private view returns (Leaf memory, bytes memory, bool) {
        if (withSignature) return (_bare(_signed[i].receipt), _signed[i].signature, _signatureHolds(i));
        if (_answers[i].publishedAt != 0) return (_bare(_signed[i].receipt), "", true);
        for (uint256 b = 0; b < _batches.length; ++b) {
            for (uint256 index = 0; index < _batches[b].leaves.length; ++index) {
                if (_batches[b].leaves[index] == i) return (_leafAt(b, index), "", !_void(b, i));
            }
        }
        return (_bare(_signed[i].receipt), "", false);
    }

    function _contradict(uint256 first, uint256 second) private view returns (bool) {
        CredenceReceipt storage a = _signed[first].receipt;
        CredenceReceipt storage b = _signed[second].receipt;
        if (a.operator != b.operator || a.modelId != b.modelId || a.jobId != b.jobId || a.jobId == 0) return false;
        uint256 later = Math.max(a.issuedAt, b.issuedAt);
        bool inTime = later <= block.timestamp && block.timestamp < later + UNBONDING_PERIOD;
        bool same = a.inputHash == b.inputHash && a.outputHash == b.outputHash && a.traceRoot == b.traceRoot;
        return inTime && !same;
    }

    function _isOpen(uint256 i) internal view returns (bool) {
        return _contestable(i) && block.timestamp < _answers[i].finalAt;
    }

    function _isJudgeable(uint256 i) internal view returns (bool) {
        return _trials[i].openedAt == 0 && _models[_signed[i].model].judged && _isOpen(i);
    }

    function _isTried(uint256 i) internal view returns (bool) {
        return _trials[i].state == IDisputeManager.CaseState.Open;
    }

    /// @dev Decided by the clock, and nobody has applied it.
    function _isUnsettled(uint256 i) internal view returns (bool) {
        return _isTried(i) && _isIn(i, ICourt.Phase.Final);
    }

    /// @dev The latest case that fits, looking at ten; any other if none does.
    function _anyTrial(uint256 seed, function(uint256) view returns (bool) fits) internal view returns (uint256) {
        uint256 first = _draw(seed, "first", 3);
        for (uint256 n = first; n < Math.min(_trialIds.length, 10 + first); ++n) {
            uint256 i = _trialIds[_trialIds.length - 1 - n];
            if (fits(i)) return i;
        }
        return _trialIds[_draw(seed, "trial", _trialIds.length)];
    }

    function _isSeized(uint256 i) internal view returns (bool) {
        return _answers[i].state == IAttestationRegistry.LockState.Seized;
    }

    function _isDishonoured(uint256 i) internal view returns (bool) {
        if (!_isShort(i)) return false;
        uint256 end = _answers[i].publishedAt + HONOUR_WINDOW;
        return (_isSeized(i) || block.timestamp >= end) && block.timestamp < end + 7 days;
    }
}
