// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { IAttestationRegistry } from "../../contracts/attestations/IAttestationRegistry.sol";
import { AnswerStatus } from "../../contracts/types/Confidence.sol";
import { Batch, Leaf, Receipt as CredenceReceipt } from "../../contracts/types/Receipt.sol";
import { ProtocolTest } from "../setup/ProtocolTest.sol";

/// @notice What the protocol should know after every action, kept apart from it and computed from the rules, not from its
/// storage. Locks have no ring here: what runs out is summed anew from every batch and answer.
abstract contract Store is ProtocolTest {
    uint256 internal constant OPEN_ENDED = type(uint40).max;
    uint256 internal constant HONOUR_WINDOW = 13 hours;
    uint256 internal constant UNBONDING_PERIOD = 21 days;

    struct Stake {
        uint256 active;
        uint256 unbonding;
        uint256 maturesAt;
        uint256 credit;
        uint256 wallet;
        bool enrolled;
    }

    struct Standing {
        bool registered;
        uint256 cap;
        uint256 nextCap;
        uint256 nextCapAt; // 0: no change is waiting
        uint256 retiredAt;
        uint256 tombstonedAt;
        bool bondShort;
        uint256 bondMissing;
    }

    struct Key {
        address account;
        uint256 secret;
        address operator;
        uint256 validFrom;
        uint256 validUntil;
        bool reported;
        uint256 since;
        uint256 reportedAt;
    }

    struct Model {
        bytes32 id;
        uint256 window;
        uint256 penaltyBps;
        bool privateInput;
        bool deprecated;
        bool judged; // by token holders, as the fast config says
    }

    /// @dev A receipt that was signed, anchored or not, void or not.
    struct Signed {
        CredenceReceipt receipt;
        bytes32 id;
        bytes signature;
        bool genuine; // the signature verifies
        uint256 key;
        uint256 model;
        bytes request;
        bytes output;
    }

    struct Anchored {
        Batch batch;
        uint256[] leaves; // indices into `_signed`
        uint256 model;
        uint256 anchoredAt;
        uint256 open; // leaves that are neither published nor merged
    }

    struct Answer {
        uint256 publishedAt;
        uint256 finalAt;
        uint256 locked;
        uint256 openCases;
        IAttestationRegistry.LockState state;
        bool undecided;
        bool alone;
        bool merged;
        bool dishonoured;
    }

    struct VoteSample {
        address account; // zero: the total
        uint256 timepoint;
        uint256 votes;
    }

    struct LiabilitySample {
        uint256 signed;
        bool holds;
    }

    mapping(address account => Stake) internal _ledger;
    mapping(address operator => Standing) internal _standings;
    mapping(address module => mapping(address account => uint256)) internal _moduleLocks; // not of attestations
    mapping(address module => mapping(address account => uint256)) internal _optedInUntil;
    mapping(uint256 signed => Answer) internal _answers;
    mapping(bytes32 receiptId => uint256) internal _signedAt; // index + 1
    mapping(bytes32 offenceId => bool) internal _slashed;
    mapping(uint256 signed => bool) internal _wasFinal;
    address[] internal _accounts;
    address[] internal _modules; // but attestations
    Key[] internal _keys;
    Model[] internal _models;
    Signed[] internal _signed;
    Anchored[] internal _batches;
    VoteSample[] internal _voteSamples;
    LiabilitySample[] internal _liabilitySamples;
    uint256[] internal _finals;
    uint256 internal _donated;

    /* ACCOUNTS */

    function _bonded(address account) internal view returns (uint256) {
        return _ledger[account].active + _ledger[account].unbonding;
    }

    function _votes(address account) internal view returns (uint256) {
        return _ledger[account].enrolled ? _ledger[account].active : 0;
    }

    function _totalVotes() internal view returns (uint256 total) {
        for (uint256 i = 0; i < _accounts.length; ++i) total += _votes(_accounts[i]);
    }

    /// @dev Locks of all modules but attestations.
    function _otherLocks(address account) internal view returns (uint256 total) {
        for (uint256 i = 0; i < _modules.length; ++i) total += _moduleLocks[_modules[i]][account];
    }

    function _optedIn(address account, address module) internal view returns (bool) {
        return block.timestamp < _optedInUntil[module][account];
    }

    function _backing(address account) internal view returns (uint256) {
        Stake storage a = _ledger[account];
        return ((a.active + (block.timestamp < a.maturesAt ? a.unbonding : 0)) * 9) / 10;
    }

    /// @dev What leaves an account by force: unbonding stake first.
    function _take(address account, uint256 amount) internal {
        Stake storage a = _ledger[account];
        uint256 fromTicket = Math.min(a.unbonding, amount);
        a.unbonding -= fromTicket;
        a.active -= amount - fromTicket;
    }

    /// @dev Shares in order, clamped; the zero address and what is left are the reserve's.
    function _distribute(uint256 taken, address[] memory recipients, uint256[] memory amounts) internal {
        for (uint256 i = 0; i < recipients.length; ++i) {
            uint256 share = Math.min(amounts[i], taken);
            taken -= share;
            _ledger[recipients[i] == address(0) ? RESERVE : recipients[i]].credit += share;
        }
        _ledger[RESERVE].credit += taken;
    }

    /* EXPOSURE CAP */

    function _capOf(address operator_) internal view returns (uint256) {
        Standing storage s = _standings[operator_];
        return s.nextCapAt != 0 && block.timestamp >= s.nextCapAt ? s.nextCap : s.cap;
    }

    /// @dev What was seized stays counted until a cap set anew takes effect.
    function _lowerCap(address operator_, uint256 amount) internal {
        Standing storage s = _standings[operator_];
        s.cap = Math.saturatingSub(_capOf(operator_), amount);
        if (block.timestamp >= s.nextCapAt) s.nextCapAt = 0;
        else s.nextCap = Math.min(s.nextCap, s.cap);
    }

    /* LOCKS OF ANSWERS */

    function _lockUp(uint256 coverage, uint256 model) internal view returns (uint256) {
        return coverage + Math.ceilDiv(coverage * _models[model].penaltyBps, 10_000);
    }

    function _coverageOf(uint256 locked, uint256 model) internal view returns (uint256) {
        return (locked * 10_000) / (10_000 + _models[model].penaltyBps);
    }

    function _missing(uint256 i) internal view returns (uint256) {
        return _lockUp(_signed[i].receipt.coverage, _signed[i].model) - _answers[i].locked;
    }

    /// @dev Never before its end, and on the hour.
    function _freeFrom(uint256 end) internal pure returns (uint256) {
        return (end / 1 hours + 1) * 1 hours;
    }

    function _lockEnd(uint256 b) internal view returns (uint256) {
        return _batches[b].anchoredAt + _models[_batches[b].model].window;
    }

    /// @dev Sum over unpublished leaves and answers of what they lock now.
    function _leafLocks(address operator_) internal view returns (uint256 total) {
        for (uint256 b = 0; b < _batches.length; ++b) {
            Anchored storage anchored = _batches[b];
            if (anchored.batch.operator != operator_ || block.timestamp >= _freeFrom(_lockEnd(b))) continue;
            total += anchored.open * _lockUp(anchored.batch.coverage, anchored.model);
        }
        for (uint256 i = 0; i < _signed.length; ++i) {
            Answer storage a = _answers[i];
            if (_signed[i].receipt.operator != operator_) continue;
            if (a.state == IAttestationRegistry.LockState.Held) total += a.locked;
            if (a.state != IAttestationRegistry.LockState.InBucket) continue;
            if (block.timestamp < _freeFrom(a.finalAt)) total += a.locked;
        }
    }

    /// @dev What a new answer could lock.
    function _available(address operator_) internal view returns (uint256) {
        if (!_optedIn(operator_, address(protocol.attestations))) return 0;
        uint256 live = _leafLocks(operator_);
        uint256 room = Math.saturatingSub(_capOf(operator_), live);
        return Math.min(room, Math.saturatingSub(_backing(operator_), _otherLocks(operator_) + live));
    }

    /* RECEIPTS */

    function _keyValid(uint256 key, address operator_, uint256 timestamp) internal view returns (bool) {
        Key storage k = _keys[key];
        return k.operator == operator_ && timestamp >= k.validFrom && timestamp < k.validUntil;
    }

    function _signatureHolds(uint256 i) internal view returns (bool) {
        Signed storage s = _signed[i];
        return s.genuine && _keyValid(s.key, s.receipt.operator, s.receipt.issuedAt);
    }

    function _timely(uint256 i, uint256 anchoredAt) internal view returns (bool) {
        CredenceReceipt storage r = _signed[i].receipt;
        bool dated = r.issuedAt + 1 days >= anchoredAt && r.issuedAt <= anchoredAt;
        bool inTime = r.anchorBy > anchoredAt && r.anchorBy <= r.issuedAt + 1 days;
        bool payable_ = !_models[_signed[i].model].privateInput || r.beneficiary != address(0);
        return dated && inTime && payable_ && r.jobId != 0;
    }

    function _void(uint256 b, uint256 i) internal view returns (bool) {
        CredenceReceipt storage r = _signed[i].receipt;
        Batch storage header = _batches[b].batch;
        bool same = r.operator == header.operator && r.signerId == header.signerId && r.modelId == header.modelId;
        return !same || r.coverage != header.coverage || !_timely(i, _batches[b].anchoredAt);
    }

    function _leafAt(uint256 b, uint256 index) internal view returns (Leaf memory) {
        Anchored storage anchored = _batches[b];
        bytes32[] memory ids = new bytes32[](anchored.leaves.length);
        for (uint256 i = 0; i < ids.length; ++i) ids[i] = _signed[anchored.leaves[i]].id;
        return
            Leaf({
                batch: anchored.batch,
                receipt: _signed[anchored.leaves[index]].receipt,
                index: uint32(index),
                proof: _proof(ids, index)
            });
    }

    function _recalledAt(uint256 i) internal view returns (uint256 recalled) {
        Key storage k = _keys[_signed[i].key];
        uint256 tombstonedAt = _standings[_signed[i].receipt.operator].tombstonedAt;
        recalled = tombstonedAt == 0 ? type(uint256).max : tombstonedAt;
        if (k.reported && _signed[i].receipt.issuedAt >= k.since) recalled = Math.min(recalled, k.reportedAt);
    }

    function _contestable(uint256 i) internal view returns (bool) {
        Answer storage a = _answers[i];
        if (a.state == IAttestationRegistry.LockState.Held) return true;
        return a.state == IAttestationRegistry.LockState.InBucket && block.timestamp < a.finalAt;
    }

    /// @dev The precedence of the design's 4.5, for a published answer.
    function _statusOf(uint256 i) internal view returns (AnswerStatus) {
        Answer storage a = _answers[i];
        if (a.state == IAttestationRegistry.LockState.Seized) return AnswerStatus.Overturned;
        if (a.openCases > 0) return AnswerStatus.Contested;
        if (a.undecided) return AnswerStatus.Undecided;
        if (_recalledAt(i) < a.finalAt) return AnswerStatus.Recalled;
        if (block.timestamp < a.finalAt) return AnswerStatus.Pending;
        return _missing(i) == 0 ? AnswerStatus.Final : AnswerStatus.Expired;
    }
}
